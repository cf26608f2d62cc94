import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { documentFor } from './support/document.ts';
import { OtlpReceiver, type ReceivedSpan } from './support/otlp-receiver.ts';
import { publisher } from './support/platform.ts';
import { Scene } from './support/scene.ts';

interface TracedEvent {
  readonly type: string;
  readonly traceparent: string;
}

const traceparentOf = ({ traceId, spanId }: Pick<ReceivedSpan, 'traceId' | 'spanId'>) => `00-${traceId}-${spanId}-01`;

describe('the trace of a deployment', () => {
  const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
  const watch = 'Watch for 1s, every 500ms';
  let collector: OtlpReceiver;
  let scene: Scene;
  let overHttp: readonly TracedEvent[];
  let overNats: readonly TracedEvent[];

  beforeAll(async () => {
    collector = await OtlpReceiver.start();
    scene = await Scene.open(['one-process'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    });
    const subject = await scene.subject('traced', { usedIn: 'scene' });
    const { body } = await scene.api.post('requestDeployment', {
      body: { document: documentFor(subject, '1.0.0', { watch }) },
    });
    overHttp = await eventsOf(String(body['id']));
    const request = { document: documentFor(subject, '1.1.0', { watch }), requestedBy: 'ci' };
    overNats = await eventsOf(await scene.publish(request, 'traced-over-nats', traceparentOf(caller)));
    // What was not exported yet is when the process leaves.
    await scene.platform.kill('one-process', 'SIGTERM');
  });
  afterAll(async () => {
    await scene.close();
    await collector.close();
  });

  /** All of a deployment's own stream, once it has succeeded and left its environment. */
  async function eventsOf(id: string): Promise<readonly TracedEvent[]> {
    await scene.api.until(id, ['succeeded']);
    await scene.event(id, 'EnvironmentReleased');
    const client = new Client({ connectionString: scene.platform.postgres.url });
    await client.connect();
    try {
      const sql = 'SELECT type, traceparent FROM backstay.events WHERE stream = $1 ORDER BY version';
      return (await client.query<TracedEvent>(sql, [`deployment-${id}`])).rows;
    } finally {
      await client.end();
    }
  }

  /** The spans of the trace that these events name, by the trace context of each. */
  function traceOf([first]: readonly TracedEvent[]): ReadonlyMap<string, ReceivedSpan> {
    const traceId = first?.traceparent.split('-')[1];
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    return new Map(spans.map((span) => [traceparentOf(span), span]));
  }

  const startsOf = (trace: ReadonlyMap<string, ReceivedSpan>) =>
    [...trace.values()].filter(
      ({ traceId, parentSpanId = '' }) => !trace.has(traceparentOf({ traceId, spanId: parentSpanId })),
    );

  it('begins with the request and connects every span with it', () => {
    expect(startsOf(traceOf(overHttp)).map(({ name }) => name)).toEqual(['POST /v1/deployments']);
  });

  it('is not begun by those who only look', () => {
    expect(collector.spans.map(({ name }) => name).filter((name) => name.startsWith('GET '))).toEqual([]);
  });

  it('continues the trace of a caller over NATS', () => {
    const starts = startsOf(traceOf(overNats));
    expect(starts).toMatchObject([{ ...traceIdOf(caller), name: `process backstay.deploy-requested.${publisher}` }]);
    expect(starts[0]?.parentSpanId).toBe(caller.spanId);
  });

  it('has for every event, to the last, the span in which it was appended', () => {
    for (const events of [overHttp, overNats]) {
      const trace = traceOf(events);
      const appended = events.map(({ traceparent }) => trace.get(traceparent)?.name);
      expect(events.at(-1)?.type).toBe('EnvironmentReleased');
      expect(appended.filter((name) => !name?.startsWith('append '))).toEqual([]);
    }
  });

  it('shows the effects of every phase, each linked to the event that caused it', () => {
    const trace = traceOf(overHttp);
    const effects = [...trace.values()].filter(({ attributes }) =>
      attributes.some(({ key }) => key === 'backstay.phase'),
    );
    const phases = new Set(effects.map(({ name }) => name.split(' ')[0]));
    expect(phases).toEqual(new Set(['planning', 'execution', 'verification', 'monitoring']));
    for (const { name, links = [] } of effects)
      expect([name, trace.get(traceparentOf(links[0] ?? caller))?.name]).toEqual([
        name,
        expect.stringMatching(/^append /),
      ]);
  });
});

const traceIdOf = ({ traceId }: Pick<ReceivedSpan, 'traceId'>) => ({ traceId });
