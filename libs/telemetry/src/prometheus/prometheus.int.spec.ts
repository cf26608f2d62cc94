import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reading, Sample } from '@backstay/deployment';
import { freePort } from '@backstay/local-platform';
import { eventually } from '@backstay/local-platform/testing';
import { metricReader, probeMetrics } from '../reader.ts';
import { InstrumentedService } from '../testing/instrumented-service.ts';
import { at, everyMeasure, limits, measure } from '../testing/measures.ts';
import { metricSourceContract } from '../testing/metric-source-contract.ts';
import { increaseQuery } from './increase-query.ts';
import { PrometheusDouble } from './prometheus-double.test-support.ts';
import { findPrometheus, startPrometheus, type RunningPrometheus } from './real-prometheus.test-support.ts';

const valueOf = ({ samples }: Reading, metric: string, quantile?: number, unit?: string): Sample | undefined =>
  samples.find(
    (sample) =>
      sample.metric === metric && sample.quantile === quantile && (unit === undefined || sample.unit === unit),
  );

const options = (everyMs = 1_000) => ({ fetch, monitoring: { everyMs, limits }, measures: everyMeasure });

metricSourceContract('Prometheus', async (service) => {
  const double = await PrometheusDouble.start();
  return {
    source: { kind: 'prometheus', url: double.url },
    observe: (second) => double.scrape(Date.parse(at(second)), service.text()),
    stop: () => double.stop(),
  };
});

const binary = await findPrometheus();

(binary === null ? describe.skip : describe)('a real Prometheus', () => {
  let service: InstrumentedService;
  let prometheus: RunningPrometheus;
  let traffic: NodeJS.Timeout;

  beforeAll(async () => {
    service = await InstrumentedService.start();
    service.serve(1, 500, 1.5);
    service.serve(1);
    const jobs = { orders: service.host, others: service.host };
    prometheus = await startPrometheus(binary ?? '', await freePort(), jobs, {
      SomeFail: 'rate(http_requests_total{status=~"5.."}[5s]) > 0',
      AllFail: 'absent(http_requests_total{status="200"})',
    });
    traffic = setInterval(() => {
      service.serve(8);
      service.serve(2, 500, 1.5);
      service.burn(0.01);
    }, 50);
  });
  afterAll(async () => {
    clearInterval(traffic);
    await prometheus?.stop();
    await service.stop();
  });

  const source = () => ({ kind: 'prometheus', url: `${prometheus.url}/?job=orders` }) as const;

  async function readUntil(
    done: (reading: Reading) => boolean,
    reader = metricReader(source(), options()),
  ): Promise<Reading> {
    return eventually(async () => {
      const reading = await reader.read(new Date().toISOString());
      return done(reading) && reading;
    });
  }

  it('returns every built-in metric with what the service does', async () => {
    const reading = await readUntil(
      (one) => (valueOf(one, 'error-rate')?.requests ?? 0) > 100 && valueOf(one, 'cpu')?.value !== null,
    );
    expect(valueOf(reading, 'error-rate')?.value).toBeCloseTo(0.2, 1);
    expect(valueOf(reading, 'response-time', 0.95)?.value).toBeGreaterThan(1_000);
    expect(valueOf(reading, 'response-time', 0.95)?.value).toBeLessThanOrEqual(2_000);
    expect(valueOf(reading, 'memory', undefined, 'ratio')?.value).toBe(0.25);
    expect(valueOf(reading, 'database-connections')?.value).toBe(7);
    expect(valueOf(reading, 'cpu')?.value).toBeGreaterThan(0);
    expect(valueOf(reading, 'queue-depth')?.verdict).toBe('skipped');
    expect(valueOf(reading, 'error-rate')?.query).toContain('increase(http_requests_total{job="orders"}[5000ms])');
  });

  it('computes the same quantile from the same query as histogram_quantile', async () => {
    const inner = increaseQuery(['le'], 'http_request_duration_seconds_bucket{job="orders"}', 5_000);
    const theirs = measure('theirs', 'count', { query: `1000 * histogram_quantile(0.95, ${inner})` });
    const ours = measure('response-time', 'ms', { quantile: 0.95 });
    const reader = metricReader(source(), { ...options(), measures: [ours, theirs] });
    const { samples } = await readUntil((one) => one.samples.every(({ value }) => value !== null), reader);
    expect(samples[0]?.query).toBe(inner);
    expect(samples[0]?.value).toBeCloseTo(samples[1]?.value ?? NaN, 6);
  });

  it('is distinguished from another job, an absent metric and a bad query', async () => {
    await readUntil((one) => valueOf(one, 'memory', undefined, 'ratio')?.value != null);
    const replies = await probeMetrics(
      { kind: 'prometheus', url: prometheus.url },
      {
        ...options(),
        measures: [
          measure('memory', 'bytes'),
          measure('queue-depth', 'count'),
          measure('bad', 'count', { query: 'sum(' }),
          measure('good', 'count', { query: 'vector(1)' }),
        ],
      },
      new Date().toISOString(),
    );
    expect(replies).toMatchObject([
      { metric: 'memory', verdict: 'pass', found: 'process_resident_memory_bytes' },
      { metric: 'queue-depth', verdict: 'no-data' },
      { metric: 'bad', verdict: 'error', reason: expect.stringMatching(/^HTTP 400: bad_data: .*parse error/s) },
      { metric: 'good', verdict: 'pass' },
    ]);
    const { samples } = await metricReader({ kind: 'prometheus', url: prometheus.url }, options()).read(
      new Date().toISOString(),
    );
    expect(samples[0]).toMatchObject({
      value: null,
      verdict: 'error',
      reason: expect.stringContaining('orders, others'),
    });
  });

  it('distinguishes an alert that fires from one that does not, and from one that does not exist', async () => {
    const measures = [
      measure('alert:SomeFail', 'count'),
      measure('alert:AllFail', 'count'),
      measure('alert:Unheard', 'count'),
    ];
    const reader = metricReader(source(), { ...options(), measures });
    const { samples } = await readUntil((one) => one.samples[0]?.value === 1, reader);
    expect(samples).toMatchObject([
      { value: 1 },
      { value: 0 },
      { value: null, verdict: 'no-data', reason: 'Prometheus has no alerting rule called Unheard' },
    ]);
    const replies = await reader.probe(new Date().toISOString());
    expect(replies).toMatchObject([
      { verdict: 'error', reason: expect.stringContaining('fires already') },
      { verdict: 'pass', found: 'the alert AllFail' },
      { verdict: 'no-data' },
    ]);
  });
});
