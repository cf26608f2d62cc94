import { Counter, Histogram, type Registry } from 'prom-client';

export interface WatchMetrics {
  tick(mode: string): void;
  latency(seconds: number): void;
  verdict(verdict: string): void;
}

/** Counts what watching does. No deployment's id and no metric's name is ever a label. */
export function watchMetrics(registry: Registry): WatchMetrics {
  const registers = [registry];
  const ticks = new Counter({
    name: 'backstay_watch_ticks_total',
    help: 'Ticks of watches, by mode.',
    labelNames: ['mode'],
    registers,
  });
  const latency = new Histogram({
    name: 'backstay_watch_read_seconds',
    help: 'How long it took to read all metrics of one tick.',
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5],
    registers,
  });
  const verdicts = new Counter({
    name: 'backstay_watch_verdicts_total',
    help: 'Changes of a metric’s verdict, by the verdict it changed to.',
    labelNames: ['verdict'],
    registers,
  });
  return {
    tick: (mode) => ticks.inc({ mode }),
    latency: (seconds) => latency.observe(seconds),
    verdict: (verdict) => verdicts.inc({ verdict }),
  };
}
