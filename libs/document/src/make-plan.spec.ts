import { describe, expect, it } from '@jest/globals';
import { fixture, planOf } from './fixtures.test-support.ts';
import { planSchema } from './plan.ts';

describe('the filled-in template', () => {
  const { plan, blockers, warnings } = planOf(fixture('notes-api.md'));
  it('is a plan without blockers', () => {
    expect({ blockers, warnings }).toEqual({ blockers: [], warnings: [] });
    expect(planSchema.parse(plan)).toEqual(plan);
  });
});
describe('the orders document', () => {
  const { plan, blockers, warnings } = planOf(fixture('orders-api.md'));
  it('is a plan without blockers', () => {
    expect({ blockers, warnings }).toEqual({ blockers: [], warnings: [] });
    expect(planSchema.parse(plan)).toEqual(plan);
  });
});
