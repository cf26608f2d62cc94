import { once, setMaxListeners } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from '@backstay/api-contract';
import { environmentId, isEnded } from '@backstay/deployment';
import { eventually } from '@backstay/local-platform/testing';
import { drafted, measuredStream, requested, scenarios, success, watched } from '@backstay/projections/testing';
import { startTestApi, type TestApi } from '../api.test-support.ts';
import { Browser } from './browser.test-support.ts';
import type { PageChange } from './changes.ts';

const eventStream = 'text/event-stream; charset=utf-8';

/** Not with `fetch`, which may open a further connection when a stream is left, and so hold up the end of the service. */
async function streamAt(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  const request = get(url, { headers, signal, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  return response;
}

/** A browser on a running service: one page is loaded, then one stream of its changes is applied. */
class OnlineBrowser {
  readonly page: Browser;
  readonly changes: PageChange[] = [];
  /** What the last change said that is shown then. */
  lastId: string | undefined;
  isOpen = false;
  #connection = new AbortController();
  readonly #url: string;

  private constructor(url: string, page: string) {
    this.#url = url;
    this.page = new Browser(page);
  }

  static async at(api: TestApi, path: string): Promise<OnlineBrowser> {
    const browser = new OnlineBrowser(api.service.url, await (await api.get(path)).text());
    await browser.connect();
    return browser;
  }

  /** As a browser does it at first, and again when the connection broke: what was read of the one before counts no more. */
  async connect(): Promise<void> {
    this.leave();
    const connection = (this.#connection = new AbortController());
    const headers: Record<string, string> = this.lastId === undefined ? {} : { 'last-event-id': this.lastId };
    const response = await streamAt(this.#url + this.page.changes, headers, connection.signal);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, eventStream]);
    this.isOpen = true;
    void this.#read(response, connection.signal)
      .catch(() => undefined)
      .finally(() => {
        if (this.#connection === connection) this.isOpen = false;
      });
  }

  leave(): void {
    this.#connection.abort();
  }

  async #read(response: IncomingMessage, left: AbortSignal): Promise<void> {
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      if (left.aborted) return;
      const blocks = (rest + String(text)).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (id === undefined || data === undefined) return;
    const change = routes.deploymentPageChanges.event.parse(JSON.parse(data)) as PageChange;
    this.lastId = id;
    this.changes.push(change);
    this.page.take(change);
  }
}

describe('the changes of the pages', () => {
  let api: TestApi;
  const browsers: OnlineBrowser[] = [];

  beforeAll(async () => {
    api = await startTestApi();
  });

  afterAll(async () => {
    for (const browser of browsers) browser.leave();
    await api?.close();
  });

  async function opened(path: string): Promise<OnlineBrowser> {
    const browser = await OnlineBrowser.at(api, path);
    browsers.push(browser);
    return browser;
  }

  const afresh = async (path: string) => new Browser(await (await api.get(path)).text()).shown;

  const becomesCurrent = (browser: OnlineBrowser, path: string) =>
    eventually(async () => JSON.stringify(browser.page.shown) === JSON.stringify(await afresh(path)));

  describe('the page of a deployment', () => {
    // How each scenario changes the page is specified without a service; these end in every way that its stream can.
    const histories = ['success', 'rolled back by the error rate', 'rehearsed', 'held by another deployment'] as const;

    it.each(histories.map((name) => [name, name.replaceAll(' ', '-')] as const))(
      'follows, event by event, one that is %s, and then shows what it would show afresh',
      async (name, id) => {
        const { events, state } = scenarios[name]({ id });
        await api.record(events.slice(0, 1));
        const browser = await opened(`/d/${id}`);
        for (const event of events.slice(1)) await api.record([event]);
        await becomesCurrent(browser, `/d/${id}`);
        expect(browser.changes.length).toBeGreaterThan(0);
        if (!isEnded(state)) return;
        await eventually(() => !browser.isOpen);
        expect([browser.page.isListening, browser.page.sources.length, browser.page.reloads]).toEqual([false, 1, 0]);
      },
    );

    it('costs one page and one stream, and reads what is recorded no more often for more events', async () => {
      const { events } = success({ id: 'counted', second: 5_000 });
      await api.record(events.slice(0, 1));
      const reads = vi.spyOn(api.platform.store.stored, 'read');
      const count = () => reads.mock.calls.filter(([stream]) => stream.endsWith('-counted')).length;
      const browser = await opened('/d/counted');
      // The page and the stream each read both of its streams.
      expect(count()).toBe(4);
      const parts = [
        events.slice(1, 9),
        measuredStream([0.1, 0.2], 6, 'counted'),
        events.slice(9, 20),
        events.slice(20),
      ];
      for (const part of parts) await api.record(part);
      await eventually(() => !browser.isOpen);
      expect(browser.page.shown).toEqual(await afresh('/d/counted'));
      // Recording reads each part's stream for its last hash, and the page afresh both.
      expect([count(), browser.page.sources.length]).toEqual([4 + parts.length + 2, 1]);
    });

    it('goes on from what it shows when its connection breaks', async () => {
      const { events } = success({ id: 'broken-off', second: 6_000 });
      await api.record(events.slice(0, 5));
      const first = await opened('/d/broken-off');
      await api.record(events.slice(5, 8));
      await becomesCurrent(first, '/d/broken-off');
      await first.connect();
      await api.record(events.slice(8, 9));
      await becomesCurrent(first, '/d/broken-off');
      expect(first.changes.some(({ parts }) => parts.some(({ id }) => id === 'page'))).toBe(false);
    });

    it('shows all anew when something happened before it listened', async () => {
      const { events } = success({ id: 'missed', second: 7_000 });
      await api.record(events.slice(0, 5));
      const page = await (await api.get('/d/missed')).text();
      await api.record(events.slice(5));
      const late = new Browser(page);
      const text = await (await api.get(late.changes ?? '')).text();
      late.take(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as PageChange);
      expect(late.shown).toEqual(await afresh('/d/missed'));
      expect(late.isListening).toBe(false);
    });
  });

  describe('the list of deployments', () => {
    it('brings new ones, changes those that go on, and lets go of those that no longer match', async () => {
      const { events } = watched({ id: 'listed', second: 10_000 });
      await api.record(requested({ id: 'earlier', second: 9_000 }).events);
      const [all, planning] = [await opened('/?limit=3'), await opened('/?status=planning')];
      await api.record(events.slice(0, 1));
      await becomesCurrent(all, '/?limit=3');
      await becomesCurrent(planning, '/?status=planning');
      expect(planning.page.shown.main).toContain('id="deployment-listed"');
      await api.record(events.slice(1));
      await becomesCurrent(all, '/?limit=3');
      await becomesCurrent(planning, '/?status=planning');
      expect(planning.page.shown.main).not.toContain('id="deployment-listed"');
      expect(planning.changes.at(-1)).toEqual({ parts: [], gone: ['deployment-listed'] });
    });
  });

  describe('the page of environments', () => {
    it('shows who holds one as soon as it is claimed', async () => {
      await api.record(drafted({ id: 'claims', second: 20_000 }).events);
      const browser = await opened('/environments');
      const stream = environmentId('orders-api', 'production');
      const at = new Date(0).toISOString();
      await api.platform.environments.handle(
        stream,
        { type: 'ClaimEnvironment', deployment: 'claims', at },
        { commandId: 'claim', time: at, actor: { kind: 'system', name: 'test' }, correlation: stream, causation: null },
      );
      await eventually(() => browser.page.shown.main.includes('<a href="/d/claims">'));
      await becomesCurrent(browser, '/environments');
    });
  });

  describe('the streams of the pages', () => {
    it('respond to HEAD with the headers alone', async () => {
      const response = await fetch(`${api.service.url}/live`, { method: 'HEAD' });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ]);
    });

    it('are absent for what is absent, and take no other parameters than their page', async () => {
      expect((await api.get('/d/absent/live')).status).toBe(404);
      expect((await api.get('/live?colour=red')).status).toBe(400);
      expect((await api.get('/environments/live?service=a')).status).toBe(400);
    });

    it('share their bound with the stream of events', async () => {
      const leaving = new AbortController();
      setMaxListeners(0, leaving.signal);
      const statusOf = async (path: string) => {
        const response = await streamAt(api.service.url + path, {}, leaving.signal);
        response.on('error', () => undefined).resume();
        return response.statusCode;
      };
      await api.record(watched({ id: 'bounded', second: 30_000 }).events);
      const paths = ['/live', '/environments/live', '/d/bounded/live', '/v1/events/stream'];
      let count = 0;
      while (count <= 200 && (await statusOf(paths[count % paths.length] ?? '')) === 200) count += 1;
      expect(count).toBeLessThanOrEqual(200);
      for (const path of paths) expect(await statusOf(path)).toBe(503);
      leaving.abort();
      await eventually(async () => (await fetch(`${api.service.url}/live`, { method: 'HEAD' })).status === 200);
    });
  });
});

it('ends the changes of its pages when the service closes', async () => {
  const closing = await startTestApi();
  const ended = (await closing.get('/live')).text();
  await closing.close();
  expect(await ended).toContain('retry:');
});
