import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { acceptPlan } from '../planning/accept-plan.ts';
import { planDigest } from '../planning/digest.ts';
import { bindings, fixture, planOf, sha256 } from '../testing/fixtures.test-support.ts';
import type { DeploymentDocument } from '../reading/document.ts';
import { generated } from '../testing/generated.test-support.ts';
import { makePlan } from '../planning/make-plan.ts';
import { parseDocument } from '../reading/parse.ts';
import type { Plan } from '../plan/plan.ts';
import { printPlan } from './print-plan.ts';

/** For a difference that can be read. */
function withoutPlaces(plan: Plan): unknown {
  return JSON.parse(JSON.stringify(plan, (key, value: unknown) => (key === 'line' ? undefined : value)));
}

function read(text: string): DeploymentDocument {
  const parsed = parseDocument(text);
  if (parsed.ok) return parsed.document;
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  throw new Error(errors.map(({ line, message }) => `${message}: ${text.split('\n')[line - 1]}`).join('\n'));
}

describe('a plan that is printed and read again', () => {
  it.each(['notes-api.md', 'orders-api.md', 'everything.md'])('is the same plan: %s', (name) => {
    const { plan, digest } = planOf(fixture(name));
    const again = planOf(printPlan(plan));
    expect(again.blockers).toEqual([]);
    expect(again.digest).toEqual(digest);
    expect(printPlan(again.plan)).toBe(printPlan(plan));
  });

  it('also where bindings name accounts that the document does not', () => {
    const smoke = { 'user login': { body: '{"user":"${CHECKER}"}', headers: {}, captures: { token: '$.token' } } };
    const context = { bindings: { ...bindings(), smoke } };
    const { plan, digest } = planOf(fixture('notes-api.md'), context);
    expect(planOf(printPlan(plan), context).digest).toBe(digest);
  });

  it('is the same plan, whatever the document, its bindings and its profile say', () => {
    fc.assert(
      fc.property(generated, ({ document, ...context }) => {
        const made = makePlan(document, { ...context, digest: sha256 });
        if (!made.ok || made.blockers.length > 0)
          throw new Error(JSON.stringify(made.ok ? made.blockers : made.problems));
        const again = makePlan(read(printPlan(made.plan)), { ...context, digest: sha256 });
        expect(again.ok && withoutPlaces(again.plan)).toEqual(withoutPlaces(made.plan));
        expect(again).toMatchObject({ ok: true, digest: made.digest });
        // Where logs may lie is the profile's to say alone.
        const { logFolders: _ofProfile, ...own } = made.plan;
        const accepted = acceptPlan(JSON.parse(JSON.stringify(made.plan)), sha256);
        expect(accepted.ok ? accepted.digest : accepted.problems).toEqual(planDigest(own, sha256));
      }),
      runs(20),
    );
  });
});
