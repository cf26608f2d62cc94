import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { script } from './script.ts';

interface Main {
  readonly dataset: { readonly events?: string; readonly shown?: string };
  readonly childNodes: readonly string[];
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A browser with one page, which it fetches again as the next of `replies`, the last one for ever; its timers run when the test says. */
function browser(main: Main | null, ...replies: readonly (Main | 'away')[]) {
  const timers: (() => void)[] = [];
  const shown: (readonly string[])[] = [];
  const sources: { url: string; readyState: number; onmessage?: (event: object) => void; onerror?: () => void }[] = [];
  let fetched = 0;
  let reloaded = 0;
  const reply = () => replies[Math.min(fetched, replies.length) - 1] ?? 'away';
  const element = main && { ...main, replaceChildren: (...nodes: readonly string[]) => void shown.push(nodes) };
  class EventSource {
    static readonly CLOSED = 2;
    readyState = 1;
    constructor(readonly url: string) {
      sources.push(this);
    }
    close() {
      this.readyState = EventSource.CLOSED;
    }
  }
  class DOMParser {
    parseFromString(page: Main) {
      return { title: '', querySelector: () => page };
    }
  }
  runInNewContext(script, {
    document: { querySelector: () => element },
    location: { href: '/d/d1', reload: () => (reloaded += 1) },
    EventSource,
    DOMParser,
    setTimeout: (run: () => void) => timers.push(run),
    fetch: async () => {
      fetched += 1;
      const page = reply();
      return { ok: page !== 'away', text: async () => page };
    },
  });
  return {
    sources,
    shown,
    counts: () => ({ fetched, reloaded }),
    event: async (lastEventId = '1-1') => {
      sources[0]?.onmessage?.({ lastEventId });
      await settled();
    },
    fail: (readyState: number) => {
      Object.assign(sources[0] ?? {}, { readyState });
      sources[0]?.onerror?.();
    },
    /** The second after what was fetched, or the time until a reload, is over. */
    later: async () => {
      timers.splice(0).forEach((run) => run());
      await settled();
    },
  };
}

const goesOn: Main = { dataset: { events: '/v1/events/stream?deployment=d1' }, childNodes: ['new'] };
const ended: Main = { dataset: {}, childNodes: ['the end'] };

describe('the script of the pages', () => {
  it('listens to the stream that the page names, and fetches nothing while nothing happens', async () => {
    const page = browser(goesOn, goesOn);
    await page.later();
    expect(page.sources.map(({ url }) => url)).toEqual(['/v1/events/stream?deployment=d1']);
    expect(page.counts()).toEqual({ fetched: 0, reloaded: 0 });
  });

  it('does nothing on a page that does not go on', () => {
    expect(browser(null).sources).toEqual([]);
  });

  it('replaces the main part once for all events of a second', async () => {
    const page = browser(goesOn, goesOn);
    for (let count = 0; count < 100; count += 1) await page.event();
    expect(page.counts().fetched).toBe(1);
    await page.later();
    expect(page.counts().fetched).toBe(2);
    await page.later();
    expect(page.counts().fetched).toBe(2);
    expect(page.shown).toEqual([['new'], ['new']]);
  });

  it('leaves the stream when the page has nothing more to come', async () => {
    const page = browser(goesOn, ended);
    await page.event();
    expect(page.shown).toEqual([['the end']]);
    expect(page.sources[0]?.readyState).toBe(2);
  });

  it('fetches a list again until its read model has the event', async () => {
    const list = (shown: string): Main => ({ dataset: { events: '/v1/events/stream', shown }, childNodes: [shown] });
    const page = browser(list('1-1'), list('1-1'), list('1-2'));
    await page.event('1-2');
    await page.later();
    await page.later();
    expect(page.shown).toEqual([['1-1'], ['1-2']]);
  });

  it('tries again when the page could not be fetched', async () => {
    const page = browser(goesOn, 'away', goesOn);
    await page.event();
    await page.later();
    expect(page.shown).toEqual([['new']]);
  });

  it('loads itself again only when the stream cannot be resumed', async () => {
    const page = browser(goesOn, goesOn);
    page.fail(0);
    await page.later();
    expect(page.counts().reloaded).toBe(0);
    page.fail(2);
    await page.later();
    expect(page.counts().reloaded).toBe(1);
  });
});
