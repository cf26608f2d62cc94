import { describe, expect, it } from 'vitest';
import type { DeploymentRelation, OpenRelations } from './open-relations.ts';
import { cycleThrough, relationsOf, describeBlocking, describeCycle, waitsOf } from './relations.ts';
import { examplePlan } from './testing/index.ts';

const relation = (service: string, range = '1.0.0'): DeploymentRelation => ({
  text: `deployment of ${service} ${range} to staging`,
  line: 40,
  service,
  range,
  environment: 'staging',
});
const open = (service: string, more: Partial<OpenRelations> = {}): OpenRelations => ({
  deployment: `d-${service}`,
  service,
  version: '1.0.0',
  environment: 'staging',
  waits: true,
  blockedBy: [],
  blocks: [],
  ...more,
});
const blockedBy = (service: string, ...others: string[]) =>
  open(service, { blockedBy: others.map((other) => relation(other)) });
const wayOf = (from: OpenRelations, all: readonly OpenRelations[]) =>
  cycleThrough(from, all)?.map((wait) => wait.for.service) ?? null;

describe('a deployment waits', () => {
  const shop = blockedBy('shop', 'ledger');

  it('for the one that its document names, in that version and environment', () => {
    expect(waitsOf(shop, [shop, open('ledger')])).toMatchObject([{ source: 'blocked-by', for: { service: 'ledger' } }]);
    expect(waitsOf(shop, [open('ledger', { version: '2.0.0' })])).toEqual([]);
    expect(waitsOf(shop, [open('ledger', { environment: 'production' })])).toEqual([]);
  });

  it('for the one whose document says that it blocks it', () => {
    const other = open('ledger', { blocks: [relation('mail')] });
    expect(waitsOf(open('mail'), [other])).toMatchObject([{ source: 'blocks', for: { service: 'ledger' } }]);
    expect(waitsOf(open('news'), [other])).toEqual([]);
  });

  it('for a version in the range that it names, one that is not semantic by its very name', () => {
    const wants = (range: string, version: string) =>
      waitsOf(open('shop', { blockedBy: [relation('ledger', range)] }), [open('ledger', { version })]).length;
    expect([wants('>=1.0.0', '1.2.0'), wants('>=1.0.0', '0.9.0')]).toEqual([1, 0]);
    expect([wants('build-7', 'build-7'), wants('>=1.0.0', 'build-7')]).toEqual([1, 0]);
  });

  it('by the relations of its own plan, which its sentence says', () => {
    const rule = { kind: 'deployment' as const, service: 'ledger', range: '1.0.0', environment: 'staging' };
    const source = { line: 7 };
    const own = relationsOf('d1', examplePlan({ blocks: [{ text: 'ledger first', rule, source }] }));
    expect(own).toMatchObject({
      deployment: 'd1',
      waits: true,
      blockedBy: [],
      blocks: [{ service: 'ledger', line: 7 }],
    });
    const [wait] = waitsOf(open('ledger'), [own]);
    expect(wait && describeBlocking(wait)).toBe(
      'orders-api 1.2.0 to production (deployment d1) blocks it until it ends: ledger first (line 7 there)',
    );
  });

  it('for nobody once its blockers are cleared, and never for itself', () => {
    expect(waitsOf({ ...shop, waits: false }, [open('ledger')])).toEqual([]);
    const own = open('shop', { blockedBy: [relation('shop')], blocks: [relation('shop')] });
    expect(waitsOf(own, [own])).toEqual([]);
  });
});

describe('a cycle', () => {
  it('is found where two wait for each other, from either side', () => {
    const [a, b] = [blockedBy('a', 'b'), blockedBy('b', 'a')];
    expect(wayOf(a, [a, b])).toEqual(['b', 'a']);
    expect(wayOf(b, [a, b])).toEqual(['a', 'b']);
  });

  it('is found over others, by the shortest way', () => {
    const all = [blockedBy('a', 'b', 'c'), blockedBy('b', 'c'), blockedBy('c', 'd'), blockedBy('d', 'a')];
    expect(wayOf(all[0]!, all)).toEqual(['c', 'd', 'a']);
  });

  it('is found where one of the waits is the other document’s Blocks', () => {
    const a = open('a', { blockedBy: [relation('b')], blocks: [relation('b')] });
    expect(wayOf(a, [a, open('b')])).toEqual(['b', 'a']);
  });

  it('is none where somebody does not wait any more, and none of others only', () => {
    const a = blockedBy('a', 'b');
    expect(wayOf(a, [a, { ...blockedBy('b', 'a'), waits: false }])).toBeNull();
    expect(wayOf(a, [a, blockedBy('b', 'c'), blockedBy('c', 'b')])).toBeNull();
    expect(wayOf(a, [a])).toBeNull();
  });

  it('of very many is looked for in bounded time', () => {
    const count = 300;
    const all = Array.from({ length: count }, (_, index) =>
      blockedBy(`s${index}`, ...[1, 2, 3].map((step) => `s${index + step}`)),
    );
    expect(wayOf(all[0]!, all)).toBeNull();
  });

  it('is looked for among very many that wait for each other without comparing each with each', () => {
    let compared = 0;
    const crowd = Array.from({ length: 1_000 }, (_, index) => ({
      ...blockedBy('s', 's'),
      deployment: `d-s${index}`,
      get version() {
        compared += 1;
        return '1.0.0';
      },
    }));
    const waiting = blockedBy('a', 's');
    expect(wayOf(waiting, [waiting, ...crowd])).toBeNull();
    expect(compared).toBeLessThanOrEqual(crowd.length);
    const back = { ...blockedBy('s', 'a'), deployment: 'd-last' };
    expect(wayOf(waiting, [waiting, ...crowd, back])).toEqual(['s', 'a']);
  });

  it('is named in order, from the one that asks back to itself', () => {
    const [a, b] = [blockedBy('a', 'b'), blockedBy('b', 'a')];
    expect(describeCycle(cycleThrough(a, [a, b]) ?? [])).toBe(
      'a cycle, which ends only when one of them ends: a 1.0.0 to staging (deployment d-a) waits for ' +
        'b 1.0.0 to staging (deployment d-b), which waits for a 1.0.0 to staging (deployment d-a)',
    );
  });
});
