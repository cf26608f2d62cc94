import { describe, expect, it } from 'vitest';
import { PruningInterrupted, type Pruned } from './housekeeper.ts';
import { pruneEverywhere } from './prune-everywhere.ts';

const operator = { kind: 'person', name: 'ann' } as const;
const error = new Error('disk full');

const item = (place: string): Pruned => ({
  place,
  kind: 'workspace',
  id: place,
  deployments: [],
  bytes: 1,
  modifiedAt: '2026-01-10T00:00:00.000Z',
  rule: 'workspace 30d',
  outcome: 'removed',
});

const ends = {
  done: { prune: async (place: string) => [item(place)], place: (place: string) => ({ pruned: [item(place)] }) },
  busy: { prune: async () => null, place: () => ({ pruned: [], isBusy: true }) },
  fault: { prune: () => Promise.reject(error), place: () => ({ pruned: [], fault: { error } }) },
  interrupted: {
    prune: (place: string) => Promise.reject(new PruningInterrupted([item(place)], error)),
    place: (place: string) => ({ pruned: [item(place)], fault: { error } }),
  },
};
const all = Object.keys(ends) as (keyof typeof ends)[];

describe('pruning everywhere', () => {
  it.each(all.flatMap((one) => all.map((other) => [one, other] as const)))(
    'says of each place what became of it: %s, then %s',
    async (...both) => {
      const asked: unknown[] = [];
      const housekeepers = both.map((end, index) => ({
        place: `place-${index}`,
        prune: (actor: unknown) => {
          asked.push(actor);
          return ends[end].prune(`place-${index}`);
        },
      }));
      const places = both.map((end, index) => ({ place: `place-${index}`, ...ends[end].place(`place-${index}`) }));
      expect(await pruneEverywhere(housekeepers, operator)).toEqual(places);
      expect(asked).toEqual([operator, operator]);
    },
  );
});
