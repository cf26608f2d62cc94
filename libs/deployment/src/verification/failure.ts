import { sectionOf, type Action, type OnFailure, type Section, type Step } from '@backstay/document';
import type { Trigger } from '../rollback/events.ts';
import type { Running } from '../state.ts';
import type { CheckResult } from './events.ts';

/** The document's own trigger for failed smoke tests, or null where it has none. */
export function smokeTestsRule({ drafted }: Pick<Running, 'drafted'>): Trigger | null {
  const rule = drafted.plan.rollback.triggers.find(({ rule: each }) => each.kind === 'smoke-tests');
  return rule ? { kind: 'smoke-tests', text: rule.text, line: rule.source.line, by: 'backstay' } : null;
}

/** The trigger that a failed section step of smoke tests pulls. */
export function smokeTestsTrigger(run: Running, { action }: Step): Trigger | null {
  return runsFlows(action) ? smokeTestsRule(run) : null;
}

function runsFlows(action: Action): boolean {
  const section = sectionOf(action);
  return section === 'smoke-tests' || section === 'critical-flows';
}

/** Checks that were to be run and are not among the results count as failed: nothing but a pass is a pass. */
export function withoutResult(
  expected: { readonly smokeTests: readonly unknown[]; readonly healthChecks: readonly unknown[] },
  results: readonly CheckResult[],
): readonly CheckResult[] {
  const lacking = (kind: CheckResult['kind'], title: string, wanted: number): readonly CheckResult[] => {
    const had = results.filter((result) => result.kind === kind).length;
    const reason = `${had} of ${wanted} have a result`;
    return had >= wanted ? [] : [{ kind, title, passed: false, line: null, attempts: 0, observed: {}, reason }];
  };
  return [
    ...lacking('smoke-test', 'smoke tests', expected.smokeTests.length),
    ...lacking('health-check', 'health checks', expected.healthChecks.length),
  ];
}

/** The document's checks run also where no step asks for them; smoke tests that a step ran after the deployment are not run again. */
export function sectionsLeft({ drafted, steps }: Pick<Running, 'drafted' | 'steps'>): readonly Section[] {
  const ran = drafted.plan.steps.some(
    ({ id, stage, action }) => stage === 'post' && runsFlows(action) && steps[id]?.status === 'succeeded',
  );
  return ran ? ['health-checks'] : ['smoke-tests', 'health-checks'];
}

/** What the document says about these failures; the strictest of them: rollback, stop, ask, continue. A health check has no line for it: rollback. */
export function failureOf({ drafted }: Pick<Running, 'drafted'>, failed: readonly CheckResult[]): OnFailure {
  const policies = failed.map(({ kind, title }) =>
    kind === 'health-check'
      ? 'rollback'
      : (drafted.plan.smokeTests.find((test) => test.title === title)?.onFailure ?? 'rollback'),
  );
  const ask = policies.find((policy) => policy.startsWith('ask:'));
  return (['rollback', 'stop'] as const).find((policy) => policies.includes(policy)) ?? ask ?? 'continue';
}
