import { sectionOf, type Action, type Section, type Step } from '@backstay/document';
import type { DeploymentEvent } from './events.ts';
import type { Running } from './state.ts';
import type { CheckPurpose, CheckResult, Trigger } from './values.ts';

/** One event for each result. */
export function checkEvents(results: readonly CheckResult[], purpose: CheckPurpose): readonly DeploymentEvent[] {
  return results.map((result): DeploymentEvent => {
    const data = { ...result, purpose };
    if (result.kind === 'smoke-test') return { type: result.passed ? 'SmokeTestPassed' : 'SmokeTestFailed', data };
    return { type: result.passed ? 'HealthCheckPassed' : 'HealthCheckFailed', data };
  });
}

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

/** Why a step that checks what was restored has nothing to check; null: it is to be performed. */
export function nothingToCheck(run: Running, { action }: Step): string | null {
  if (run.status !== 'rolling-back' || run.rollback === null) return null;
  const section = sectionOf(action);
  const what = section && checked[section];
  if (what === undefined) return null;
  const { target, checks } = run.rollback;
  if (target === null) return 'not applicable: nothing ran before, so nothing is there to be checked';
  return checks[what.in].length === 0 ? `not applicable: no ${what.name} of version ${target.version} is known` : null;
}

const flows = { in: 'smokeTests', name: 'critical flow' } as const;
const checked: Readonly<
  Partial<Record<Section, typeof flows | { readonly in: 'healthChecks'; readonly name: string }>>
> = {
  'health-checks': { in: 'healthChecks', name: 'health check' },
  'smoke-tests': flows,
  'critical-flows': flows,
};
