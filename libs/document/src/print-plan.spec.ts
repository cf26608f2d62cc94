import { describe, expect, it } from '@jest/globals';
import { bindings, fixture, planOf } from './fixtures.test-support.ts';
import type { Plan } from './plan.ts';
import { printPlan } from './print-plan.ts';

/** The plan without the places and the places' origins: who says a thing changes when all is said by one document. */
function meaningOf(plan: Plan): unknown {
  const left = ['line', 'defaulted', 'origin', 'procedureDigest'];
  return JSON.parse(JSON.stringify(plan, (key, value: unknown) => (left.includes(key) ? undefined : value)));
}

describe('a plan that is printed and read again', () => {
  it.each(['notes-api.md', 'orders-api.md', 'everything.md'])('is the same plan: %s', (name) => {
    const { plan } = planOf(fixture(name));
    const again = planOf(printPlan(plan));
    expect(again.blockers).toEqual([]);
    expect(meaningOf(again.plan)).toEqual(meaningOf(plan));
    expect(printPlan(again.plan)).toBe(printPlan(plan));
  });

  it('also where bindings name accounts that the document does not', () => {
    const smoke = { 'user login': { body: '{"user":"${CHECKER}"}', headers: {}, captures: { token: '$.token' } } };
    const context = { bindings: { ...bindings(), smoke } };
    const { plan } = planOf(fixture('notes-api.md'), context);
    expect(meaningOf(planOf(printPlan(plan), context).plan)).toEqual(meaningOf(plan));
  });
});
