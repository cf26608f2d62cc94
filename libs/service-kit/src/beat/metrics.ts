import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface BeatMetrics {
  /** Starts the clock of one effect; the answer stops it with its result. */
  effect(kind: string): (result: 'done' | 'refused' | 'detached') => void;
  fault(): void;
  openWork(count: number): void;
}

/** Counts what a phase does. No deployment's id is ever a label. */
export function beatMetrics(registry: Registry): BeatMetrics {
  const effects = new Histogram({
    name: 'backstay_effect_duration_seconds',
    help: 'How long an effect took, by kind and result.',
    labelNames: ['kind', 'result'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600],
    registers: [registry],
  });
  const faults = new Counter({
    name: 'backstay_faults_total',
    help: 'Acts that did not end as they should and are tried again.',
    registers: [registry],
  });
  const open = new Gauge({
    name: 'backstay_open_work',
    help: 'Streams with work that was due when last looked.',
    registers: [registry],
  });
  return {
    effect: (kind) => {
      const stop = effects.startTimer({ kind });
      return (result) => void stop({ result });
    },
    fault: () => faults.inc(),
    openWork: (count) => open.set(count),
  };
}
