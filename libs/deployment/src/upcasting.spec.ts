import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '@backstay/event-sourcing';
import type { DeploymentEvent } from './events.ts';
import { foldDeployment, histories } from './testing/index.ts';
import { upcast, upcastWith, type Upcaster } from './upcasting.ts';
import type { Trigger } from './values.ts';

/** As if the first version had called a watch otherwise, and had not kept which rule triggered a rollback. */
const toy: Readonly<Record<string, Upcaster>> = {
  WatchBegun: ({ data }) => ({ type: 'WatchOpened', data }),
  WatchOpened: ({ data }) => ({ type: 'WatchStarted', data }),
  RollbackTriggered: (event) => {
    const { data } = event as DomainEvent<string, { readonly by?: string; readonly reason: string }>;
    if (data.by === undefined) return event;
    const { by, ...kept } = data;
    const trigger: Trigger = { kind: 'manual', text: data.reason, line: null, by };
    return { ...event, data: { ...kept, trigger } };
  },
};

function ofTheFirstVersion(event: DeploymentEvent): DomainEvent {
  if (event.type === 'WatchStarted') return { ...event, type: 'WatchBegun' };
  if (event.type !== 'RollbackTriggered') return event;
  const { trigger, ...data } = event.data;
  return { ...event, data: { ...data, by: trigger.by } };
}

const record = (event: DomainEvent, index: number) => ({
  ...event,
  id: `e-${index}`,
  version: index + 1,
  hash: `h-${index}`,
});
const stored = (events: readonly DomainEvent[]) =>
  JSON.parse(JSON.stringify(events.map(record))) as readonly DomainEvent[];

describe('a stored history of an earlier shape', () => {
  const earlier = stored(histories.rolledBack().map(ofTheFirstVersion));
  const replayed = earlier.map(upcastWith(toy)) as readonly DeploymentEvent[];

  it('is folded as if it had been recorded today', () => {
    expect(earlier.map(({ type }) => type)).toContain('WatchBegun');
    expect(foldDeployment(replayed)).toEqual(foldDeployment(histories.rolledBack()));
    expect(foldDeployment(replayed).status).toBe('rolled-back-verified');
  });

  it('keeps id, version and hash, so that the chain is still that of the record', () => {
    expect(replayed).toEqual(stored(histories.rolledBack()));
  });
});

describe('the shapes of today', () => {
  it('are the first of every type, so that a stored event is folded as it is', () => {
    for (const event of stored(histories.succeeded())) expect(upcast(event)).toBe(event);
    const strange = { type: 'toString', data: {} };
    expect(upcast(strange)).toBe(strange);
  });

  it('are left as they are by an upcaster', () => {
    for (const event of histories.rolledBack()) expect(upcastWith(toy)(event)).toEqual(event);
  });
});
