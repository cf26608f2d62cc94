import type { OnFailure, Step } from '@backstay/document';
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
  const ofFlows = action.kind === 'section' && (action.section === 'smoke-tests' || action.section === 'critical-flows');
  return ofFlows ? smokeTestsRule(run) : null;
}

/** What the document says about these failures; the strictest of them: rollback, stop, ask, continue. A health check has no line for it: rollback. */
export function failureOf({ drafted }: Pick<Running, 'drafted'>, failed: readonly CheckResult[]): OnFailure {
  const policies = failed.map(({ kind, title }) =>
    kind === 'health-check' ? 'rollback' : (drafted.plan.smokeTests.find((test) => test.title === title)?.onFailure ?? 'rollback'),
  );
  const ask = policies.find((policy) => policy.startsWith('ask:'));
  return (['rollback', 'stop'] as const).find((policy) => policies.includes(policy)) ?? ask ?? 'continue';
}
