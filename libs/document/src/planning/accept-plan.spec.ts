import { describe, expect, it } from 'vitest';
import { acceptPlan } from './accept-plan.ts';
import { fixture, planOf, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { printPlan } from '../printing/print-plan.ts';
import { serviceProfile } from '../context/profiles.ts';

const { plan, digest } = planOf(fixture('orders-api.md'));
const asJson = (): Record<string, unknown> & typeof plan => JSON.parse(JSON.stringify(plan));

function messages(json: unknown): string[] {
  const accepted = acceptPlan(json, sha256);
  return accepted.ok ? [] : accepted.problems.map(({ message }) => message);
}

describe('a plan in JSON', () => {
  it('is accepted as it was made, with the same digest', () => {
    const accepted = acceptPlan(asJson(), sha256);
    expect(accepted).toMatchObject({ ok: true, digest, warnings: [], blockers: [] });
  });

  it('has the places of its printed document, which is what people are shown', () => {
    const accepted = acceptPlan(asJson(), sha256);
    if (!accepted.ok) throw new Error('it is a plan');
    const lines = printPlan(accepted.plan).split('\n');
    const { steps, smokeTests, rollback, monitoring, acceptanceCriteria, documentation } = accepted.plan;
    for (const { title, source } of [...steps, ...smokeTests, ...rollback.steps])
      expect(lines[source.line - 1]).toContain(title);
    for (const { text, source } of [...rollback.triggers, ...documentation])
      expect(lines[source.line - 1]).toContain(text);
    for (const { text, line } of acceptanceCriteria) expect(lines[line - 1]).toContain(text);
    expect(lines[monitoring.thresholds[0]!.source.line - 1]).toBe('- Error rate > 5% for 5s: Rollback immediately');
  });

  it('has its procedure digest computed, not believed', () => {
    expect(acceptPlan({ ...asJson(), procedureDigest: 'sha256:0' }, sha256)).toMatchObject({ ok: true, digest });
  });

  it.each([null, 1, 'plan', [], {}])('%p is none', (json) => {
    expect(acceptPlan(json, sha256)).toMatchObject({ ok: false });
  });

  it('keeps its steps in order and well named', () => {
    const json = asJson();
    json.steps.reverse();
    json.steps[0]!.id = 'post.9';
    expect(messages(json)).toContain('/steps/0/id: expected post.3');
    expect(messages(json)).toContain('/steps/1: steps stand in the order pre, deploy, post, each by its number');
  });

  it('cannot loosen what its environment allows', () => {
    const profile = serviceProfile(profiles(), 'production', 'orders-api')!;
    const accepted = acceptPlan({ ...asJson(), allow: ['*'], acceptsUnattested: true, channels: {} }, sha256, profile);
    expect(accepted).toMatchObject({
      ok: true,
      plan: { allow: profile.allow, acceptsUnattested: false, channels: profile.notify },
    });
  });

  it('runs as whom its environment says, or as the platform does, never as whom it says itself', () => {
    const profile = serviceProfile(profiles(), 'production', 'orders-api')!;
    const userOf = (given: object | undefined) => {
      const accepted = acceptPlan({ ...asJson(), runAs: 'root' }, sha256, given && { ...profile, ...given });
      return accepted.ok ? accepted.plan.runAs : 'none';
    };
    expect([userOf(undefined), userOf({}), userOf({ runAs: 'deploy' })]).toEqual([undefined, undefined, 'deploy']);
  });

  it('may override what its environment allows, and nothing that only the plan allows', () => {
    const profile = serviceProfile(profiles(), 'production', 'orders-api')!;
    const wanting = { ...asJson(), overridable: ['rollback-target'] };
    const refused = acceptPlan(wanting, sha256, profile);
    const allowed = acceptPlan(wanting, sha256, { ...profile, overrides: ['unknown-running'] });
    expect(refused.ok && Object.hasOwn(refused.plan, 'overridable')).toBe(false);
    expect(allowed).toMatchObject({ ok: true, plan: { overridable: ['unknown-running'] } });
  });
});
