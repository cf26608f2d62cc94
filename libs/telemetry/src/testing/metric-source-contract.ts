import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Measure, Reading, Sample } from '@backstay/deployment';
import { asksPrometheus, type MetricSource } from '@backstay/document';
import { metricReader } from '../reader.ts';
import type { Denominators } from '../telemetry.ts';
import { InstrumentedService } from './instrumented-service.ts';
import { at, everyMeasure, limits, measure } from './measures.ts';

/** A source that observes a service. */
export interface ObservedSource {
  readonly source: MetricSource;
  /** Takes note of what the service publishes at this second; a source that asks the service itself has nothing to do. */
  observe(second: number): void;
  /** Nothing responds any more, neither the source nor the service. */
  stop(): Promise<void>;
}

const errors = measure('error-rate', 'ratio');
const rate = measure('request-rate', 'per-second');
const queue = measure('queue-depth', 'count');

/** What every metric source must do: the same service gives the same figures, and what is not known is never a number. */
export function metricSourceContract(
  name: string,
  open: (service: InstrumentedService) => Promise<ObservedSource>,
): void {
  describe(`${name} as a metric source`, () => {
    let service: InstrumentedService;
    let observed: ObservedSource;
    beforeEach(async () => {
      service = await InstrumentedService.start();
      observed = await open(service);
    });
    afterEach(async () => {
      await observed.stop();
      await service.stop();
    });

    const readerOf = (measures: readonly Measure[], denominators: Denominators = limits) =>
      metricReader(observed.source, {
        fetch,
        monitoring: { everyMs: 1_000, limits: denominators },
        measures,
        timeoutMs: 2_000,
      });

    /** One tick before each change and one after it, a second apart. */
    async function reading(measures: readonly Measure[], ...changes: readonly (() => void)[]): Promise<Reading> {
      const reader = readerOf(measures);
      for (const [second, change] of [() => undefined, ...changes].entries()) {
        change();
        observed.observe(second);
        if (second < changes.length) await reader.read(at(second));
      }
      return reader.read(at(changes.length));
    }

    async function sampleOf(wanted: Measure, ...changes: readonly (() => void)[]): Promise<Sample | undefined> {
      return (await reading([wanted], ...changes)).samples[0];
    }

    const work = (): void => {
      service.serve(90);
      service.serve(10, 500, 1.5);
      service.burn(0.5);
    };
    const idle = (): void => undefined;

    it('yields every built-in metric, over the window', async () => {
      work();
      const { time, samples } = await reading(everyMeasure, work, work, work, work, work);
      expect(time).toBe(at(5));
      expect(samples.map(({ metric, value, unit, verdict }) => [metric, value, unit, verdict])).toEqual([
        ['request-rate', 100, 'per-second', undefined],
        ['error-rate', 0.1, 'ratio', undefined],
        ['response-time', 1_500, 'ms', undefined],
        ['response-time', 1_900, 'ms', undefined],
        ['response-time', expect.closeTo(195), 'ms', undefined],
        ['cpu', 0.25, 'ratio', undefined],
        ['memory', 0.25, 'ratio', undefined],
        ['memory', 134_217_728, 'bytes', undefined],
        ['database-connections', 7, 'count', undefined],
        ['queue-depth', null, 'count', 'skipped'],
      ]);
    });

    it('reports how many requests a share rests on, and over which time', async () => {
      work();
      const sample = await sampleOf(errors, work, work, work, work, work);
      expect(sample).toMatchObject({ value: 0.1, requests: 500, spanMs: 5_000, windowMs: 5_000 });
    });

    it('counts requests by duration where a limit is relative to the baseline, each once', async () => {
      const counted = measure('response-time', 'ms', { quantile: 0.95, counted: true });
      const reader = readerOf([counted]);
      let counts = 0;
      let until = -Infinity;
      for (let second = 0; second <= 10; second += 1) {
        work();
        observed.observe(second);
        const sample = (await reader.read(at(second))).samples[0];
        const { spanMs = 0, latencies = [] } = sample?.counted ?? {};
        if (sample?.counted === undefined || second * 1_000 - spanMs < until) continue;
        expect(latencies.reduce((sum, [, , requests]) => sum + requests, 0)).toBeCloseTo(spanMs / 10);
        until = second * 1_000;
        counts += 1;
      }
      expect(counts).toBeGreaterThan(0);
      expect((await sampleOf(measure('response-time', 'ms', { quantile: 0.95 }), work))?.counted).toBeUndefined();
    });

    it('counts what a reset counter shows since', async () => {
      work();
      const restarted = () => {
        service.restart();
        service.serve(5, 500);
      };
      expect(await sampleOf(errors, idle, idle, idle, idle, restarted)).toMatchObject({ value: 1, requests: 5 });
    });

    it('says of a service that nobody uses that there were no requests', async () => {
      work();
      const steps = [idle, idle, idle, idle, idle] as const;
      expect(await sampleOf(errors, ...steps)).toMatchObject({ value: null, verdict: 'no-data', requests: 0 });
      expect(await sampleOf(queue, ...steps)).not.toHaveProperty('requests');
    });

    it.each([
      ['no traffic', errors, idle, 'no-data', 'no requests in the window'],
      ['a metric that is not there', queue, idle, 'no-data', 'no series of queue_depth'],
      ['a gauge that is not a number', queue, () => service.publish('queue_depth NaN\n'), 'no-data', 'NaN'],
      [
        'a counter that is not a number',
        rate,
        () => service.publish('http_requests_total{status="200"} NaN\n'),
        'error',
        'http_requests_total',
      ],
      ['an unknown metric', measure('constructor', 'count'), idle, 'error', 'no metric is called constructor'],
      ['a unit that the metric does not have', measure('cpu', 'ms'), idle, 'error', 'cannot be read in ms'],
    ] as const)('has no value and says why: %s', async (_, wanted, change, verdict, reason) => {
      work();
      expect(await sampleOf(wanted, change, idle, idle, idle, idle)).toMatchObject({
        value: null,
        verdict,
        reason: expect.stringContaining(reason),
      });
    });

    it.each([
      ['cpu', 'limits.cores'],
      ['memory', 'limits.memory'],
    ])('names the denominator of %s that is missing', async (metric, missing) => {
      observed.observe(0);
      const reader = readerOf([measure(metric, 'ratio')], { cores: null, memoryBytes: null });
      const reason = expect.stringContaining(missing);
      expect((await reader.read(at(0))).samples).toMatchObject([{ value: null, verdict: 'no-data', reason }]);
      expect(await reader.probe(at(0))).toMatchObject([{ verdict: 'no-data', reason }]);
    });

    it('reports before the first window is full what each metric is computed from', async () => {
      work();
      observed.observe(0);
      const measures = [errors, measure('memory', 'bytes'), queue, { ...queue, optional: true }];
      expect(await readerOf(measures).probe(at(0))).toMatchObject([
        { metric: 'error-rate', verdict: 'pass', found: 'http_requests_total' },
        { metric: 'memory', verdict: 'pass', found: 'process_resident_memory_bytes' },
        { metric: 'queue-depth', verdict: 'no-data' },
        { metric: 'queue-depth', verdict: 'skipped' },
      ]);
    });

    it('is an error of every metric once nothing responds, and never throws', async () => {
      const reader = readerOf(everyMeasure);
      await observed.stop();
      const { samples } = await reader.read(at(0));
      expect(samples.map(({ value, verdict }) => [value, verdict])).toEqual(samples.map(() => [null, 'error']));
      expect(samples[0]?.reason).toMatch(/ECONNREFUSED/);
    });

    it.each([
      ['a query', measure('mine', 'count', { query: 'vector(1)' }), 1],
      ['an alert', measure('alert:Quiet', 'count'), 0],
    ])('measures %s, or reports that it cannot', async (_, wanted, value) => {
      const refusal = { value: null, verdict: 'error', reason: expect.stringMatching(/can only be asked of/) };
      expect(await sampleOf(wanted)).toMatchObject(asksPrometheus(observed.source) ? { value } : refusal);
    });
  });
}
