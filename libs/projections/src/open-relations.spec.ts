import { describe, expect, it } from 'vitest';
import type { Relation } from '@backstay/document';
import { openRelations, type OpenRelations } from './open-relations.ts';
import * as told from './testing/index.ts';
import { examplePlan, type Story } from './testing/index.ts';

const relation = (service: string, line: number): Relation => ({
  text: `deployment of ${service} 2.0.0 to production`,
  rule: { kind: 'deployment', service, range: '2.0.0', environment: 'production' },
  source: { line },
});
const byHand: Relation = {
  text: '#1234',
  rule: { kind: 'manual', duty: { verb: 'confirmed', duty: 'owner' } },
  source: { line: 172 },
};
const plan = examplePlan({ blockedBy: [relation('ledger', 170), byHand], blocks: [relation('shop', 174)] });

const rowOf = ({ id, events }: Story): OpenRelations | null =>
  events
    .filter((event) => openRelations.keys(event).includes(id))
    .reduce<OpenRelations | null>((row, event) => openRelations.evolve(row ?? undefined, event, id), null);

describe('the relations of an open deployment', () => {
  it('are those that its plan names, without what a person confirms', () => {
    const row = rowOf(told.heldByAnother({ plan }));
    expect(row).toEqual({
      deployment: 'd1',
      service: 'orders-api',
      version: '1.2.0',
      environment: 'production',
      waits: false,
      blockedBy: [expect.objectContaining({ service: 'ledger', range: '2.0.0', environment: 'production', line: 170 })],
      blocks: [expect.objectContaining({ service: 'shop', line: 174 })],
    });
  });

  it('tell that it waits until its blockers are cleared', () => {
    const story = told.requested().when(() => ({
      type: 'DraftPlan',
      plan,
      digest: 'sha256:plan',
      commit: null,
      warnings: [],
      inherited: null,
    }));
    expect(rowOf(story)?.waits).toBe(true);
    story.when((at) => ({ type: 'ClearBlockers', satisfied: [], at }));
    expect(rowOf(story)?.waits).toBe(false);
  });

  it.each(Object.entries(told.stories).filter(([name]) => name !== 'held by another deployment'))(
    'are gone with its end: %s',
    (_name, story) => {
      expect(rowOf(story())).toBeNull();
    },
  );

  it('are none before there is a plan', () => {
    expect(rowOf(told.requested())).toBeNull();
  });
});
