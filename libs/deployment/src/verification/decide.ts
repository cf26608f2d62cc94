import { Rejection } from '@backstay/event-sourcing';
import { after, fence, running } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { checksItem, hasMutated, isPastIrreversible, nextStep } from '../journal.ts';
import { isWatched } from '../monitoring/outcome.ts';
import { triggerRollback } from '../rollback/decide.ts';
import { rolledBack } from '../rollback/outcome.ts';
import { proven } from '../rollback/rehearsal.ts';
import { isEnded, underlying, type DeploymentState, type RollingBack, type Verifying } from '../state.ts';
import type { BeginChecks, RecordChecks, VerificationCommand } from './commands.ts';
import type { CheckPurpose, CheckResult } from './events.ts';
import { failureOf, sectionsLeft, smokeTestsRule, withoutResult } from './failure.ts';

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
  const facts = checkFacts(command.results, command.purpose);
  if (run.status === 'rolling-back') return [...facts, rolledBack(run, command.results, command.at)];
  return [...facts, ...verdict(run, command.results, command.at)];
}

/** The verdict is in, or the deployment has moved on without it: a late one changes nothing. */
function isLate(purpose: CheckPurpose, state: DeploymentState): boolean {
  const { status } = underlying(state);
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

export function checkFacts(results: readonly CheckResult[], purpose: CheckPurpose): readonly DeploymentEvent[] {
  return results.map((result): DeploymentEvent => {
    const data = { ...result, purpose };
    if (result.kind === 'smoke-test') return { type: result.passed ? 'SmokeTestPassed' : 'SmokeTestFailed', data };
    return { type: result.passed ? 'HealthCheckPassed' : 'HealthCheckFailed', data };
  });
}

function verdict(run: Verifying, results: readonly CheckResult[], at: string): readonly DeploymentEvent[] {
  const failed = failures(run, results);
  const policy = failureOf(run, failed);
  if (policy === 'continue') return passed(run, results, at);
  const reason = failed.map(({ title, reason: why }) => `${title}: ${why ?? 'failed'}`).join('; ');
  const failedFact: DeploymentEvent = {
    type: 'VerificationFailed',
    data: { reason, failed: failed.map(({ title }) => title), at },
  };
  if (policy.startsWith('ask:')) {
    const hold = {
      code: 'ask' as const,
      why: reason,
      duty: policy.slice('ask:'.length),
      step: checksItem,
      winner: null,
    };
    return [failedFact, { type: 'DeploymentHeld', data: { ...hold, until: after(at, 86_400_000), at } }];
  }
  if (hasMutated(run) && (policy === 'stop' || isPastIrreversible(run)))
    return [failedFact, { type: 'DeploymentHalted', data: { reason, at } }];
  return [
    failedFact,
    ...triggerRollback({ type: 'TriggerRollback', trigger: triggerOf(run, failed), reason, at }, run),
  ];
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

/** Verified; what is not watched has succeeded with that. */
export function passed(run: Verifying, results: readonly CheckResult[], at: string): readonly DeploymentEvent[] {
  const { smokeTests, healthChecks } = run.checksPassed;
  const count = (kind: CheckResult['kind']) => results.filter((result) => result.kind === kind && result.passed).length;
  const passes = { smokeTests: smokeTests + count('smoke-test'), healthChecks: healthChecks + count('health-check') };
  const verification: DeploymentEvent = { type: 'VerificationPassed', data: { ...passes, at } };
  return isWatched(run.drafted.plan) ? [verification] : [verification, ...proven(run, at)];
}
