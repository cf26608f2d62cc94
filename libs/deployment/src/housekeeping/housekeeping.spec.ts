import { describe, it } from 'vitest';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { housekeeping, type HousekeepingCommand, type HousekeepingEvent, type PrunedItem } from './housekeeping.ts';

const { given } = specificationOf(housekeeping);
const at = '2026-06-01T00:00:00.000Z';
const item = (id: string): PrunedItem => ({
  kind: 'workspace',
  id,
  deployments: [id],
  bytes: 10,
  digest: 'abc',
  modifiedAt: at,
  rule: 'workspace 30d',
});
const started = (...ids: string[]): HousekeepingEvent => ({
  type: 'PruningStarted',
  data: { items: ids.map(item), host: 'host-a', at },
});
const end = (id: string) => ({ kind: 'workspace', id, outcome: 'removed' }) as const;
const completed = (...ids: string[]): HousekeepingEvent => ({
  type: 'PruningCompleted',
  data: { items: ids.map(end), host: 'host-a', at },
});

const start = (...ids: string[]): HousekeepingCommand => ({
  type: 'StartPruning',
  items: ids.map(item),
  host: 'host-a',
  at,
});
const complete = (...ids: string[]): HousekeepingCommand => ({
  type: 'CompletePruning',
  items: ids.map(end),
  host: 'host-a',
  at,
});

describe('housekeeping', () => {
  it('records what is about to be removed, then how that ended', () => {
    given().when(start('a', 'b')).then(started('a', 'b'));
    given(started('a', 'b')).when(complete('a')).then(completed('a'));
  });

  it('records each once, however often it is begun or ended', () => {
    given(started('a')).when(start('a', 'b')).then(started('b'));
    given(started('a')).when(start('a')).thenNothing();
    given(started('a'), completed('a')).when(complete('a')).thenNothing();
    given().when(complete('a')).thenNothing();
  });

  it('begins anew with what has come back', () => {
    given(started('a'), completed('a')).when(start('a')).then(started('a'));
  });
});
