import { Rejection } from '@backstay/event-sourcing';
import type { OnFailure } from '@backstay/document';
import { checkEvents, sectionsLeft, smokeTestsRule, withoutResult } from '../checks.ts';
import { fence, running } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import {
  isEnded,
  activeState,
  type DeploymentState,
  type RollingBack,
  type Running,
  type Verifying,
} from '../state.ts';
import { checksItem, hasMutated, isPastIrreversible, nextStep } from '../steps.ts';
import { heldFor, rolledBack, triggerRollback, verified } from '../transitions.ts';
import type { CheckPurpose, CheckResult } from '../values.ts';
import type { BeginChecks, RecordChecks, VerificationCommand } from './commands.ts';

export function decideVerification(command: VerificationCommand, state: DeploymentState): readonly DeploymentEvent[] {
  return command.type === 'BeginChecks' ? beginChecks(command, state) : recordChecks(command, state);
}

function beginChecks({ purpose, token, host, at }: BeginChecks, state: DeploymentState): readonly DeploymentEvent[] {
  const run = expecting(state, purpose);
  fence(run, run.status === 'rolling-back' ? 'rollback' : 'verification', token);
  if (run.checking?.purpose === purpose && run.checking.token === token) return [];
  return [{ type: 'ChecksStarted', data: { purpose, token, host, at } }];
}

function recordChecks(command: RecordChecks, state: DeploymentState): readonly DeploymentEvent[] {
  if (isLate(command.purpose, state)) return [];
  const run = expecting(state, command.purpose);
  fence(run, run.status === 'rolling-back' ? 'rollback' : 'verification', command.token);
  const events = checkEvents(command.results, command.purpose);
  if (run.status === 'rolling-back') return [...events, rolledBack(run, command.results, command.at)];
  return [...events, ...verdict(run, command.results, command.at)];
}

/** The verdict is in, or the deployment has moved on without it: a late one changes nothing. */
function isLate(purpose: CheckPurpose, state: DeploymentState): boolean {
  const { status } = activeState(state);
  if (state.status === 'held') return state.hold.step === checksItem || status === 'monitoring';
  return isEnded(state) || (purpose === 'verification' && (status === 'monitoring' || status === 'rolling-back'));
}

function expecting(state: DeploymentState, purpose: CheckPurpose): Verifying | RollingBack {
  const run = running(state);
  const expected = purpose === 'restoration' ? 'rolling-back' : 'verifying';
  const due =
    (run.status === 'verifying' || (run.status === 'rolling-back' && run.rollback !== null)) &&
    nextStep(run) === undefined;
  if (!due || run.status !== expected) {
    throw new Rejection('not-next', `checks for ${purpose} are not due; the deployment is ${run.status}`);
  }
  return run;
}

function verdict(run: Verifying, results: readonly CheckResult[], at: string): readonly DeploymentEvent[] {
  const failed = failures(run, results);
  const policy = failureOf(run, failed);
  if (policy === 'continue') return verified(run, results, at);
  const reason = failed.map(({ title, reason: why }) => `${title}: ${why ?? 'failed'}`).join('; ');
  const failedEvent: DeploymentEvent = {
    type: 'VerificationFailed',
    data: { reason, failed: failed.map(({ title }) => title), at },
  };
  if (policy.startsWith('ask:')) {
    const hold = { code: 'ask' as const, why: reason, step: checksItem };
    return [failedEvent, heldFor(policy.slice('ask:'.length), hold, at)];
  }
  if (hasMutated(run) && (policy === 'stop' || isPastIrreversible(run)))
    return [failedEvent, { type: 'DeploymentHalted', data: { reason, at } }];
  return [failedEvent, ...triggerRollback({ trigger: triggerOf(run, failed), reason, at }, run)];
}

/** What was never run fails the round too, unless a failure that ended the round early already says what to do. */
function failures(run: Verifying, results: readonly CheckResult[]): readonly CheckResult[] {
  const failed = results.filter(({ passed }) => !passed);
  if (failureOf(run, failed) !== 'continue') return failed;
  const { smokeTests, healthChecks } = run.drafted.plan;
  const expected = { smokeTests: sectionsLeft(run).includes('smoke-tests') ? smokeTests : [], healthChecks };
  return [...failed, ...withoutResult(expected, results)];
}

function triggerOf(run: Verifying, failed: readonly CheckResult[]) {
  const [first] = failed;
  const flow = failed.some(({ kind }) => kind === 'smoke-test');
  const kind = flow ? ('smoke-tests' as const) : ('health-checks' as const);
  return (
    (flow ? smokeTestsRule(run) : null) ?? {
      kind,
      text: first?.title ?? 'checks',
      line: first?.line ?? null,
      by: 'backstay',
    }
  );
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
