import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { sha256 } from '@backstay/service-kit';
import { markup, part, type View } from './html.ts';
import { changeFrames, shownBy, type OpenPage } from './open-page.ts';

/** A page that counts the events that it took, and ends with the one that is named. */
class Counting implements OpenPage {
  readonly after = 'c0';
  count = 0;
  views = 0;
  #goesOn = true;

  take(events: readonly RecordedEvent[]): boolean {
    this.count += events.length;
    this.#goesOn &&= !events.some(({ id }) => id === 'last');
    return events.some(({ id }) => id !== 'nothing');
  }

  async view(): Promise<View> {
    this.views += 1;
    return { title: 'Count', body: part('p', 'page', markup`${this.count}`), goesOn: this.#goesOn };
  }
}

/** Events come when the test says, and so do the ends of rests. */
class Source {
  readonly asked: object[] = [];
  rests = 0;
  #waiting: (batch: readonly RecordedEvent[] | null) => void = () => undefined;
  #rested: () => void = () => undefined;

  readonly ports = {
    digest: sha256,
    rest: () => new Promise<void>((resolve) => ((this.rests += 1), (this.#rested = resolve))),
    events: { subscribe: (options: object) => (this.asked.push(options), this.#batches()) },
  };

  async *#batches(): AsyncGenerator<readonly RecordedEvent[]> {
    for (;;) {
      const batch = await new Promise<readonly RecordedEvent[] | null>((resolve) => (this.#waiting = resolve));
      if (batch === null) return;
      yield batch;
    }
  }

  async comes(...ids: readonly string[]): Promise<void> {
    this.#waiting(ids.map((id) => ({ id }) as RecordedEvent));
    await settled();
  }

  async rested(): Promise<void> {
    this.#rested();
    await settled();
  }

  async ends(): Promise<void> {
    this.#waiting(null);
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

async function followed(shown?: string) {
  const [opened, source] = [new Counting(), new Source()];
  const sent: { readonly id: string; readonly data: object }[] = [];
  const state = { isOver: false };
  void (async () => {
    for await (const text of changeFrames(opened, shown, source.ports, never)) {
      const [, id = '', data = ''] = /^id: (.*)\ndata: (.*)\n\n$/.exec(text) ?? [];
      sent.push({ id, data: JSON.parse(data) as object });
    }
    state.isOver = true;
  })();
  await settled();
  return { opened, source, sent, state };
}

const viewOf = (count: number): View => ({ title: 'Count', body: part('p', 'page', markup`${count}`), goesOn: true });
const partOf = (count: number) => ({ id: 'page', html: `<p id="page">${count}</p>` });

describe('the changes of an open page', () => {
  it('begin with nothing for a client that shows what there is, and with all of the page for any other', async () => {
    expect((await followed(shownBy(viewOf(0), sha256))).sent).toEqual([]);
    for (const shown of ['another', undefined])
      expect((await followed(shown)).sent.map(({ data }) => data)).toEqual([
        { title: 'Count · Backstay', parts: [partOf(0)] },
      ]);
  });

  it('go on behind the events that the page has, each under the name of what is shown then', async () => {
    const { source, sent } = await followed(shownBy(viewOf(0), sha256));
    expect(source.asked).toMatchObject([{ after: 'c0' }]);
    await source.comes('one');
    expect(sent).toEqual([{ id: shownBy(viewOf(1), sha256), data: { parts: [partOf(1)] } }]);
  });

  it('are one for all that comes while the page rests', async () => {
    const { opened, source, sent } = await followed(shownBy(viewOf(0), sha256));
    for (let count = 0; count < 100; count += 1) await source.comes('one', 'more');
    expect([sent.length, opened.count, opened.views]).toEqual([1, 200, 2]);
    await source.rested();
    expect(sent.map(({ data }) => data)).toEqual([{ parts: [partOf(2)] }, { parts: [partOf(200)] }]);
    await source.rested();
    expect([sent.length, opened.views]).toEqual([2, 3]);
  });

  it('are none for what does not matter to the page', async () => {
    const { opened, source, sent } = await followed(shownBy(viewOf(0), sha256));
    await source.comes('nothing');
    expect([sent.length, opened.views]).toEqual([0, 1]);
  });

  it('end with the page, and say so', async () => {
    const { source, sent, state } = await followed(shownBy(viewOf(0), sha256));
    await source.comes('one', 'last');
    expect(sent.map(({ data }) => data)).toEqual([{ parts: [partOf(2)], ended: true }]);
    expect([state.isOver, source.rests]).toEqual([true, 0]);
  });

  it('end with the events', async () => {
    const { source, state } = await followed();
    await source.ends();
    expect(state.isOver).toBe(true);
  });
});
