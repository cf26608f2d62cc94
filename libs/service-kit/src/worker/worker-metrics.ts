import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EffectResult } from './effect-result.ts';

export interface WorkerMetrics {
  /** Starts the clock of one effect; the result stops it with its result. */
  effect(kind: string): (result: EffectResult['kind']) => void;
  fault(): void;
  pendingWork(count: number): void;
}

const results: Readonly<Record<EffectResult['kind'], string>> = {
  outcome: 'done',
  unknown: 'unknown',
  unchanged: 'done',
  rejection: 'refused',
  fault: 'fault',
  detached: 'detached',
};

/** Counts what a phase does. No deployment's id is ever a label. */
export function workerMetrics(registry: Registry): WorkerMetrics {
  const effects = new Histogram({
    name: 'backstay_effect_duration_seconds',
    help: 'How long an effect took, by kind and result.',
    labelNames: ['kind', 'result'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600],
    registers: [registry],
  });
  const faults = new Counter({
    name: 'backstay_faults_total',
    help: 'Acts that the platform could not do and that are tried again.',
    registers: [registry],
  });
  const pending = new Gauge({
    name: 'backstay_open_work',
    help: 'Streams with work that was due at the last look.',
    registers: [registry],
  });
  return {
    effect: (kind) => {
      const stop = effects.startTimer({ kind });
      return (result) => void stop({ result: results[result] });
    },
    fault: () => faults.inc(),
    pendingWork: (count) => pending.set(count),
  };
}
