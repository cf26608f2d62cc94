import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measuredStream, planned, requested, success } from '@backstay/projections/testing';
import { eventually } from '@backstay/local-platform/testing';
import { routes } from '@backstay/api-contract';
import { startTestApi, type TestApi } from '../api.test-support.ts';

interface Frame {
  readonly id: string;
  readonly data: { readonly eventId: string; readonly type: string; readonly stream: string; readonly version: number };
}

/** A client of the stream: collects whole frames until it is closed. */
class Listener {
  readonly frames: Frame[] = [];
  readonly #ending = new AbortController();
  #rest = '';

  async open(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(url, { headers, signal: this.#ending.signal });
    if (response.ok) void this.#read(response).catch(() => undefined);
    return response;
  }

  close(): void {
    this.#ending.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (this.#rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (id !== undefined && data !== undefined) this.frames.push({ id, data: JSON.parse(data) as Frame['data'] });
  }
}

describe('the stream of events', () => {
  let api: TestApi;
  const listeners: Listener[] = [];
  const known = planned({ id: 'known' }).events;
  const measured = measuredStream([0.1, 0.2], 5, 'known');

  beforeAll(async () => {
    api = await startTestApi();
    await api.record(known, requested({ id: 'other' }).events, measured);
  });

  afterAll(async () => {
    for (const listener of listeners) listener.close();
    await api?.close();
  });

  async function listen(query = '', headers: Record<string, string> = {}): Promise<Listener> {
    const listener = new Listener();
    listeners.push(listener);
    const response = await listener.open(`${api.service.url}/v1/events/stream${query}`, headers);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    return listener;
  }

  const idsOf = ({ frames }: Listener) => frames.map(({ data }) => data.eventId);

  it('sends all of one deployment, its measurements included, and nothing of others', async () => {
    const listener = await listen('?deployment=known');
    await eventually(() => listener.frames.length >= known.length + measured.length);
    expect(idsOf(listener)).toEqual([...known, ...measured].map(({ id }) => id));
  });

  it('sends each event as the audit trail has it', async () => {
    const listener = await listen('?deployment=known');
    await eventually(() => listener.frames.length >= known.length);
    const { entries } = (await (await api.get('/v1/deployments/known/audit-trail')).json()) as { entries: object[] };
    const sent = listener.frames.slice(0, known.length).map(({ data }) => data);
    expect(sent).toEqual(entries);
    for (const each of sent) expect(routes.streamEvents.event.safeParse(each).error).toBeUndefined();
  });

  it('goes on behind Last-Event-ID without a gap and without a repetition', async () => {
    const first = await listen('?deployment=known');
    await eventually(() => first.frames.length >= 3);
    first.close();
    const seen = first.frames.slice(0, 3);
    const late = success({ id: 'late', second: 50 }).events;
    await api.record(late);
    const second = await listen('', { 'last-event-id': seen.at(-1)?.id ?? '' });
    await eventually(() => idsOf(second).includes(late.at(-1)?.id ?? ''));
    const all = (await api.platform.store.readAll(null, 1_000)).map(({ id }) => id);
    expect(idsOf(second)).toEqual(all.slice(all.indexOf(seen.at(-1)?.data.eventId ?? '') + 1));
  });

  it('sends what happens while it is open', async () => {
    const listener = await listen();
    const events = requested({ id: 'new', second: 90 }).events;
    await api.record(events);
    await eventually(() => idsOf(listener).includes(events[0]?.id ?? ''));
    expect(listener.frames.at(-1)?.data).toMatchObject({
      type: 'DeploymentRequested',
      stream: 'deployment-new',
      version: 1,
    });
  });

  it('takes the cursor from the query too, where a client can set no header', async () => {
    const [, second] = await api.platform.store.readAll(null, 2);
    const listener = await listen(`?after=${second?.cursor ?? ''}`);
    await eventually(() => listener.frames.length > 0);
    expect(listener.frames[0]?.data.version).toBe(3);
  });

  it('gives the place of a client that has gone to the next one, however many come', async () => {
    for (let client = 0; client <= 200; client += 1) {
      const leaving = new AbortController();
      const response = await fetch(`${api.service.url}/v1/events/stream`, { signal: leaving.signal });
      expect(response.status).toBe(200);
      leaving.abort();
    }
  });

  it('responds to HEAD with the headers alone, and keeps no place for it', async () => {
    const response = await fetch(`${api.service.url}/v1/events/stream`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  it('refuses what is not a cursor and knows no absent deployment', async () => {
    expect((await api.get('/v1/events/stream', { 'last-event-id': 'nonsense' })).status).toBe(422);
    expect((await api.get('/v1/events/stream?after=nonsense')).status).toBe(400);
    expect((await api.get('/v1/events/stream?deployment=absent')).status).toBe(404);
  });
});

it('ends its streams when the service closes', async () => {
  const api = await startTestApi();
  const response = await api.get('/v1/events/stream');
  const ended = response.text();
  await api.close();
  expect(await ended).toContain('retry:');
});
