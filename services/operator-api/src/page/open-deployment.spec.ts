import { describe, expect, it } from 'vitest';
import { emptyHead, linkHash, type RecordedEvent } from '@backstay/event-sourcing';
import { deploymentStream, type DeploymentEvent } from '@backstay/deployment';
import { summaryOf } from '@backstay/projections';
import { measuredStream, scenarios, success, watched } from '@backstay/projections/testing';
import { sha256, type Platform } from '@backstay/service-kit';
import { Criteria } from '../deployments/criteria.ts';
import type { History } from '../deployments/deployments.ts';
import { Browser } from './browser.test-support.ts';
import { changeBetween } from './changes.ts';
import { page, type View } from './html.ts';
import { OpenDeployment } from './open-deployment.ts';

/** A platform that has nothing but what the page holds. */
const nothing = {
  store: { read: async () => [] },
  views: { list: async () => ({ rows: [], next: null }) },
  now: () => '2026-02-01T00:00:00.000Z',
} as unknown as Platform;

const ports = {
  deployments: { summary: async (history: History) => summaryOf(history) },
  criteria: new Criteria(nothing),
  digest: sha256,
  shows: async () => true,
};
const beside = { measurements: [], documentOfOther: undefined };
const live = { changes: '/live', refreshSeconds: 5 };

function linked(events: readonly RecordedEvent<DeploymentEvent>[]): History {
  let { hash } = emptyHead;
  return events.map((event) => ({ ...event, hash: (hash = linkHash(hash, event, sha256)) }));
}

const openedAt = (history: History): OpenDeployment =>
  new OpenDeployment(history[0]?.correlation ?? '', undefined, { history, firstBroken: null }, beside, ports);

const shownIn = (view: View) => new Browser(page(view, live)).shown;

describe('the page of an open deployment', () => {
  it.each(Object.entries(scenarios))('of %s shows, event by event, what it would show afresh', async (_, scenario) => {
    const history = linked(scenario().events);
    const opened = openedAt(history.slice(0, 1));
    let view = await opened.view();
    const browser = new Browser(page(view, live));
    for (const [index, event] of history.entries()) {
      if (index === 0) continue;
      expect(opened.take([event])).toBe(true);
      const next = await opened.view();
      const change = changeBetween(view, next);
      expect(change).not.toBeNull();
      if (change !== null) browser.take(change);
      view = next;
      const afresh = await openedAt(history.slice(0, index + 1)).view();
      expect(browser.shown).toEqual(shownIn(afresh));
      expect(browser.isListening).toBe(afresh.goesOn);
    }
  });

  it('sends of the audit trail the new row alone', async () => {
    const history = linked(success().events);
    const opened = openedAt(history.slice(0, 20));
    const before = await opened.view();
    opened.take(history.slice(20, 21));
    const sent = changeBetween(before, await opened.view())?.parts ?? [];
    const ids = history.map(({ id }) => id);
    expect(sent.filter(({ id }) => ids.includes(id))).toMatchObject([
      { id: ids[20], within: 'events', behind: ids[19] },
    ]);
    expect(sent.map(({ id }) => id)).not.toContain('audit');
  });

  it('has each id once', async () => {
    for (const scenario of Object.values(scenarios)) {
      const text = page(await openedAt(linked(scenario().events)).view());
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('takes no event twice, and none of another stream', async () => {
    const history = linked(watched().events);
    const opened = openedAt(history);
    const before = await opened.view();
    const other = { ...history[3], stream: deploymentStream('other'), version: 99 } as (typeof history)[number];
    expect(opened.take([...history, other])).toBe(false);
    expect(changeBetween(before, await opened.view())).toBeNull();
    const measured = measuredStream([0.1, 0.2], 60);
    expect([opened.take(measured), opened.take(measured)]).toEqual([true, false]);
  });

  it('goes on with the chain of hashes, and raises the alarm at the first link that does not hold', async () => {
    const history = linked(success().events);
    const opened = openedAt(history.slice(0, 10));
    opened.take(history.slice(10, 15));
    expect((await opened.view()).body.text).toContain('audit intact');
    const [next] = history.slice(15, 16);
    opened.take([{ ...next, time: '2026-01-05T00:00:00.000Z' } as NonNullable<typeof next>]);
    opened.take(history.slice(16, 18));
    expect((await opened.view()).body.text).toContain(
      `the hash of version <a href="#${next?.id}">16</a> does not follow`,
    );
  });

  it('waits after an event until the read models show it, and not before the first', async () => {
    const history = linked(watched().events);
    const awaited: string[] = [];
    const shows = async (cursor: string) => awaited.push(cursor) > 0;
    const opened = new OpenDeployment('d1', undefined, { history, firstBroken: null }, beside, { ...ports, shows });
    await opened.view();
    expect(awaited).toEqual([]);
    opened.take(linked(success().events).slice(history.length));
    await opened.view();
    expect(awaited).toEqual([success().events.at(-1)?.cursor]);
  });
});
