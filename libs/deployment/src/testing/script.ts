import { dutyOf, type Evidence, type Plan, type Step } from '@backstay/document';
import type { DeploymentCommand } from '../deployment.ts';
import type { Effect, EffectOf } from '../effect.ts';
import type { EnvironmentCommand } from '../environment/commands.ts';
import type { EnvironmentState } from '../environment/state.ts';
import type { EvidenceReading } from '../execution/events.ts';
import type { StepOutcome } from '../execution/commands.ts';
import type { Phase } from '../phase.ts';
import { hasMutated } from '../steps.ts';
import { activeState, isEnded, isRunning, type DeploymentState } from '../state.ts';
import type { CheckResult, Finding, Inherited } from '../values.ts';
import { examplePlan, fullWatch } from './plans.ts';
import { at, breachOf, minutes, passingChecks, passingReading } from './readings.ts';

/** How the effects of a deployment go; by default all goes well. */
export interface Script {
  readonly plan?: Plan;
  readonly inherited?: Inherited | null;
  /** `running`: the step does not end by itself. */
  readonly outcome?: (step: Step, attempt: number) => StepOutcome | 'running';
  /** What a step that ends found out. */
  readonly result?: (step: Step, attempt: number) => Readonly<Record<string, unknown>> | undefined;
  readonly findings?: readonly Finding[];
  readonly reading?: (evidence: Evidence) => Partial<EvidenceReading>;
  /** What the logs of the watch say; absent: they are not read. */
  readonly logs?: EvidenceReading['verdict'];
  readonly checks?: (purpose: 'verification' | 'restoration') => readonly CheckResult[];
  readonly watch?: 'passes' | 'degrades' | 'says nothing';
}

/** Who performs an effect, and when it ended, ISO 8601. */
export interface EffectRun {
  readonly phase: Phase;
  readonly token: number;
  readonly host: string;
  readonly at: string;
}

/** Effects that need nothing but the deployment, and end at once as far as the deployment is concerned. */
export type PlainEffect = Exclude<
  Effect,
  {
    kind:
      | 'claim-environment'
      | 'settle-environment'
      | 'review-claim'
      | 'adopt-release'
      | 'perform-step'
      | 'watch'
      | 'await-quiet';
  }
>;

/** The commands that report how an effect ended. */
export function scriptedOutcome(
  effect: PlainEffect,
  script: Script,
  state: DeploymentState,
  { token, host, at: now }: EffectRun,
): readonly DeploymentCommand[] {
  switch (effect.kind) {
    case 'draft-plan': {
      const { plan = examplePlan(), inherited = null } = script;
      return [{ type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited }];
    }
    case 'check-blockers':
      return [{ type: 'ClearBlockers', satisfied: [], at: now }];
    case 'probe-preflight': {
      const findings = effect.phase === 'monitoring' ? (script.findings ?? []) : [];
      return [{ type: 'ReportPreflight', phase: effect.phase, findings, at: now }];
    }
    case 'expire-preflight':
      return [{ type: 'RejectDeployment', because: 'preflight', problems: [], at: now }];
    case 'expire-hold':
      return [{ type: 'ExpireHold', at: now }];
    case 'end-stall':
      return [{ type: 'EndStall', at: now }];
    case 'capture-rollback-point': {
      const target = 'claim' in state ? (state.claim?.running ?? null) : null;
      const point = { target, configurationDigest: null, schemaVersion: null, backupStep: null };
      return [{ type: 'CaptureRollbackPoint', point }];
    }
    case 'complete-wait': {
      const { step, attempt, waitedMs } = effect;
      const outcome = { status: 'succeeded' } as const;
      return [{ type: 'CompleteStep', step, attempt, outcome, result: { waitedMs }, token, host, at: now }];
    }
    case 'interrupt-step':
      return [interrupted(effect, { token, host, at: now })];
    case 'run-checks': {
      const isOfNothing = state.status === 'rolling-back' && state.rollback?.target === null;
      const results = isOfNothing ? [] : (script.checks?.(effect.purpose) ?? passingChecks());
      return [{ type: 'RecordChecks', purpose: effect.purpose, token, results, at: now }];
    }
    case 'plan-rollback': {
      const target = 'rollbackPoint' in state ? (state.rollbackPoint?.target ?? null) : null;
      const { smokeTests, healthChecks } = script.plan ?? examplePlan();
      return [{ type: 'PlanRollback', token, target, checks: { from: 'd-0', smokeTests, healthChecks }, at: now }];
    }
    case 'fail-rollback':
      return [{ type: 'FailRollback', reason: effect.reason, at: now }];
    case 'deliver-notice':
      return [{ type: 'RecordNotice', ...effect.notice, delivered: true, detail: 'delivered', at: now }];
    case 'read-evidence': {
      const readings = effect.lines.map(({ line, evidence }) => ({
        line,
        reading: passingReading(evidence.reader, script.reading?.(evidence)),
      }));
      return [{ type: 'RecordEvidence', readings, token, at: now }];
    }
  }
}

/** The step's end. A manual step holds the deployment for its person. Null: it does not end by itself. */
export function scriptedStep(
  { step, attempt }: EffectOf<'perform-step'>,
  script: Script,
  { phase, token, host, at: now }: EffectRun,
): readonly DeploymentCommand[] | null {
  const duty = dutyOf(step.action)?.duty;
  if (duty !== undefined) {
    const until = new Date(Date.parse(now) + minutes(60)).toISOString();
    const hold = { code: 'manual', why: step.title, duty, step: step.id, winner: null, until } as const;
    return [{ type: 'HoldDeployment', ...hold, at: now }];
  }
  const outcome = script.outcome?.(step, attempt) ?? { status: 'succeeded' as const };
  if (outcome === 'running') return null;
  const flows = passingChecks(outcome.status === 'succeeded').filter(({ kind }) => kind === 'smoke-test');
  const checks = phase === 'verification' ? { checks: flows } : {};
  const found = script.result?.(step, attempt);
  const result = found === undefined ? {} : { result: found };
  return [{ type: 'CompleteStep', step: step.id, attempt, outcome, token, host, at: now, ...checks, ...result }];
}

export function interrupted(
  { step, attempt }: { readonly step: string; readonly attempt: number },
  { token, host, at: now }: Pick<EffectRun, 'token' | 'host' | 'at'>,
): DeploymentCommand {
  const outcome = { status: 'interrupted', reason: 'it is not wanted any more' } as const;
  return { type: 'CompleteStep', step, attempt, outcome, token, host, at: now };
}

/** Begins the watch of the document; null: there is nothing to watch now. */
export function scriptedWatch(
  id: string,
  state: DeploymentState,
  { token, host, at: from }: EffectRun,
): DeploymentCommand | null {
  if (state.status !== 'monitoring') return null;
  const until = new Date(Date.parse(from) + state.drafted.plan.monitoring.watchMs).toISOString();
  return { type: 'BeginWatch', from, until, measurements: `measurements-${id}`, token, host, at: from };
}

/** What ends the watch: at once where it degrades, else when its time has passed. */
export function scriptedVerdict(
  { watch = 'passes', logs }: Script,
  state: DeploymentState,
  { token, host, at: now }: EffectRun,
): readonly DeploymentCommand[] {
  if (watch === 'degrades') {
    const breach = breachOf();
    const found = { trigger: breach.text, kind: 'limit', breach, shadow: false } as const;
    return [{ type: 'DetectDegradation', ...found, token, at: now }];
  }
  const passes = watch === 'passes';
  const metrics = [{ metric: 'error-rate', verdict: passes ? 'pass' : 'no-data', samples: passes ? 60 : 0 }];
  const active = activeState(state);
  const plan = isRunning(active) ? active.drafted.plan : examplePlan();
  const end = { metrics, ...fullWatch(plan), token, host, at: now };
  return [
    ...readLogs(logs, state, token, now),
    passes ? { type: 'PassMonitoring', ...end } : { type: 'FailMonitoring', reason: 'error rate said nothing', ...end },
  ];
}

function readLogs(
  verdict: Script['logs'],
  state: DeploymentState,
  token: number,
  now: string,
): readonly DeploymentCommand[] {
  const evidence = state.status === 'monitoring' ? state.drafted.plan.monitoring.logs : null;
  if (verdict === undefined || evidence === null) return [];
  const logs = { evidence, verdict, summary: `the logs say ${verdict}`, facts: {}, from: at(0), until: now };
  return [{ type: 'RecordLogs', logs, token, at: now }];
}

/** What a claimant does when it has claimed: it goes on, or is held behind whoever is before it. */
export function scriptedClaim(
  id: string,
  stream: string,
  { state, version }: { readonly state: EnvironmentState; readonly version: number },
  now: string,
): DeploymentCommand {
  const { holder, queue, running, verifiedGood, quarantined, uncertain } = state;
  const winner = holder ?? queue[0] ?? id;
  if (winner === id) {
    const known = { running, verifiedGood, quarantined: quarantined.map(({ version }) => version) };
    const doubt = uncertain === null ? {} : { uncertain };
    return { type: 'RequestPreflight', claim: { stream, version }, ...known, ...doubt, at: now };
  }
  const until = new Date(Date.parse(now) + minutes(480)).toISOString();
  const hold = { code: 'environment-held', why: `deployment ${winner} holds the environment`, winner, until } as const;
  return { type: 'HoldDeployment', ...hold, duty: null, step: null, at: now };
}

/** Lets go of what a deployment that has ended holds in its environment; null: it goes on. */
export function scriptedSettlement(
  id: string,
  state: DeploymentState,
  environment: EnvironmentState,
  now: string,
): EnvironmentCommand | null {
  if (!isEnded(state)) return null;
  const { status: outcome, reason } = state;
  const { running, verifiedGood } = state.unsettled?.claim == null ? environment : state;
  const quarantined = state.quarantined === null ? null : { version: state.quarantined, why: reason };
  const changed = hasMutated(state);
  return { type: 'SettleEnvironment', deployment: id, outcome, running, verifiedGood, quarantined, changed, at: now };
}
