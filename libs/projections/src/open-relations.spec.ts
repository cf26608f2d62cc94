import { describe, expect, it } from 'vitest';
import type { Relation } from '@backstay/document';
import { openRelations, type OpenRelations } from './open-relations.ts';
import * as given from './testing/index.ts';
import { examplePlan, type Scenario } from './testing/index.ts';

const relation = (service: string, line: number): Relation => ({
  text: `deployment of ${service} 2.0.0 to production`,
  rule: { kind: 'deployment', service, range: '2.0.0', environment: 'production' },
  source: { line },
});
const manual: Relation = {
  text: '#1234',
  rule: { kind: 'manual', duty: { verb: 'confirmed', duty: 'owner' } },
  source: { line: 172 },
};
const plan = examplePlan({ blockedBy: [relation('ledger', 170), manual], blocks: [relation('shop', 174)] });

const rowOf = ({ id, events }: Scenario): OpenRelations | null =>
  events
    .filter((event) => openRelations.keys(event).includes(id))
    .reduce<OpenRelations | null>((row, event) => openRelations.evolve(row ?? undefined, event, id), null);

describe('the relations of an open deployment', () => {
  it('are those that its plan names, without what a person confirms', () => {
    const row = rowOf(given.heldByAnother({ plan }));
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

  it('show that it waits until its blockers are cleared', () => {
    const scenario = given.requested().when(() => ({
      type: 'DraftPlan',
      plan,
      digest: 'sha256:plan',
      commit: null,
      warnings: [],
      inherited: null,
    }));
    expect(rowOf(scenario)?.waits).toBe(true);
    scenario.when((at) => ({ type: 'ClearBlockers', satisfied: [], at }));
    expect(rowOf(scenario)?.waits).toBe(false);
  });

  it.each(Object.entries(given.scenarios).filter(([name]) => name !== 'held by another deployment'))(
    'are gone with its end: %s',
    (_name, scenario) => {
      expect(rowOf(scenario())).toBeNull();
    },
  );

  it('are none before there is a plan', () => {
    expect(rowOf(given.requested())).toBeNull();
  });
});
