import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inSpan } from './spans.ts';
import { exportersOf, startTracing } from './start-tracing.ts';

describe('the exporters of spans', () => {
  it.each([
    ['nothing', {}, 0],
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 1],
    ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, 1],
    [
      'an endpoint for other signals',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' },
      0,
    ],
    ['an exporter', { OTEL_TRACES_EXPORTER: 'otlp' }, 1],
    ['two exporters', { OTEL_TRACES_EXPORTER: 'otlp, console' }, 2],
    ['a disabled SDK', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'TRUE' }, 0],
    ['an empty variable', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 0],
  ])('with %s', (_what, environment, count) => {
    expect(exportersOf(environment)).toHaveLength(count);
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: expected otlp, console or none, not zipkin'],
    [
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json, not grpc',
    ],
  ])('are refused with %j', (environment, problem) => {
    expect(() => exportersOf(environment)).toThrow(problem);
  });
});

describe('a process that exports spans', () => {
  const received: { url?: string; type?: string; body: Buffer }[] = [];
  let status = 200;
  const collector = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ url: request.url, type: request.headers['content-type'], body });
      response.writeHead(status).end();
    });
  });

  beforeAll(() => new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    collector.closeAllConnections();
    collector.close();
  });

  /** The life of a process with one span; what it warned of. */
  async function oneSpan(name: string): Promise<readonly string[]> {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
    const warned: string[] = [];
    const stop = await startTracing('planning', process.env, {
      warn: (_details, message) => void warned.push(message),
    });
    await inSpan({ name }, async () => undefined);
    await stop();
    return warned;
  }

  it('sends the last ones when it ends, in protobuf and under its own name', async () => {
    expect(await oneSpan('the last span')).toEqual([]);
    expect(received).toMatchObject([{ url: '/v1/traces', type: 'application/x-protobuf' }]);
    expect(received[0]?.body.toString('latin1')).toMatch(/backstay-planning[^]*the last span/);
  });

  it('warns of those that the collector refuses, and ends all the same', async () => {
    status = 400;
    expect(await oneSpan('refused')).toEqual(['spans were not exported']);
  });
});
