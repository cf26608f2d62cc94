import type { Plan } from '@backstay/document';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import { evolveDeployment } from '../evolve.ts';
import type { Next } from '../effect.ts';
import type { Phase, PreflightPhase } from '../phase.ts';
import type { RequestPreflight } from '../planning/commands.ts';
import type { ReleaseRef } from '../values.ts';
import type { DeploymentState } from '../state.ts';
import { deploymentWorkflow } from '../workflow.ts';
import { examplePlan, fullWatch } from './plans.ts';
import { at, minutes, passingChecks } from './readings.ts';
import { exampleRequested } from './requests.ts';
import type { Inherited } from '../values.ts';

export function foldDeployment(
  events: readonly DeploymentEvent[],
  from: DeploymentState = deployment.initialState,
): DeploymentState {
  return events.reduce(evolveDeployment, from);
}

/** What a phase is to do after these events, at that moment. */
export function nextAt(phase: Phase, events: readonly DeploymentEvent[], now: string): Next {
  return deploymentWorkflow.next(phase, foldDeployment(events), now);
}

/** The events that these commands add to those. */
export function decided(
  before: readonly DeploymentEvent[],
  ...commands: readonly DeploymentCommand[]
): readonly DeploymentEvent[] {
  return commands.reduce<readonly DeploymentEvent[]>(
    (events, command) => [...events, ...deployment.decide(command, foldDeployment(events))],
    before,
  );
}

export function historyOf(...commands: readonly DeploymentCommand[]): readonly DeploymentEvent[] {
  return decided([], ...commands);
}

const earlier: ReleaseRef = { version: '1.0.0', commit: 'a'.repeat(40), release: '1.0.0-a', deployment: 'd-0' };

const draft = (plan: Plan, inherited: Inherited | null = null): DeploymentCommand => ({
  type: 'DraftPlan',
  plan,
  digest: 'sha256:plan',
  commit: null,
  warnings: [],
  inherited,
});

const requestPreflight = (running: ReleaseRef | null): RequestPreflight => ({
  type: 'RequestPreflight',
  claim: { stream: 'environment-notes.staging', version: 1 },
  running,
  verifiedGood: running,
  quarantined: [],
  at: at(0),
});

const report = (phase: PreflightPhase): DeploymentCommand => ({
  type: 'ReportPreflight',
  phase,
  findings: [],
  at: at(0),
});

const fenced = { token: 1, host: 'host-a', at: at(minutes(1)) };

function requested(): readonly DeploymentEvent[] {
  return historyOf(exampleRequested());
}

function drafted(plan: Plan = examplePlan()): readonly DeploymentEvent[] {
  return decided(requested(), draft(plan));
}

function claimed(plan?: Plan, running: ReleaseRef | null = earlier): readonly DeploymentEvent[] {
  return decided(drafted(plan), { type: 'ClearBlockers', satisfied: [], at: at(0) }, requestPreflight(running));
}

function planned(plan?: Plan, running?: ReleaseRef | null): readonly DeploymentEvent[] {
  return decided(claimed(plan, running), report('execution'), report('verification'), report('monitoring'));
}

/** With the rollback point captured: the first step is due. */
function ready(plan?: Plan, running: ReleaseRef | null = earlier): readonly DeploymentEvent[] {
  const point = { target: running, configurationDigest: null, schemaVersion: null, backupStep: null };
  return decided(planned(plan, running), { type: 'CaptureRollbackPoint', point });
}

/** Everything up to and without this step is done; this one runs. */
function performing(step: string, plan: Plan = examplePlan()): readonly DeploymentEvent[] {
  let events = ready(plan);
  for (const each of plan.steps) {
    const record = recordOf(events, each.id);
    if (record === undefined) events = decided(events, { type: 'BeginStep', step: each.id, ...fenced });
    if (each.id === step) return events;
    events = decided(events, succeedStep(each.id));
  }
  return events;
}

function recordOf(events: readonly DeploymentEvent[], step: string) {
  const state = foldDeployment(events);
  return 'steps' in state ? state.steps[step] : undefined;
}

function succeedStep(step: string): DeploymentCommand {
  const release = step === 'deploy.2' ? { result: { release: '1.1.0-b' } } : {};
  const checks = step === 'post.1' ? { checks: passingChecks().filter(({ kind }) => kind === 'smoke-test') } : {};
  return { type: 'CompleteStep', step, attempt: 1, outcome: { status: 'succeeded' }, ...fenced, ...release, ...checks };
}

/** All steps are done; the closing round of checks is due. */
function closing(plan: Plan = examplePlan()): readonly DeploymentEvent[] {
  const last = plan.steps.at(-1);
  return last === undefined ? ready(plan) : decided(performing(last.id, plan), succeedStep(last.id));
}

function verified(plan?: Plan): readonly DeploymentEvent[] {
  return decided(closing(plan), {
    type: 'RecordChecks',
    purpose: 'verification',
    token: 1,
    results: passingChecks(),
    at: at(minutes(2)),
  });
}

function watching(plan: Plan = examplePlan()): readonly DeploymentEvent[] {
  const from = at(minutes(2));
  const until = at(minutes(2) + plan.monitoring.watchMs);
  return decided(verified(plan), {
    type: 'BeginWatch',
    from,
    until,
    measurements: 'measurements-d-1',
    token: 1,
    host: 'host-a',
    at: from,
  });
}

function succeeded(plan?: Plan): readonly DeploymentEvent[] {
  const metrics = [{ metric: 'error-rate', verdict: 'pass', samples: 60 }];
  return decided(watching(plan), {
    type: 'PassMonitoring',
    metrics,
    ...fullWatch(plan),
    token: 1,
    at: at(minutes(20)),
  });
}

/** A person asked for the rollback while the watch went on. */
function rollingBack(plan?: Plan): readonly DeploymentEvent[] {
  const trigger = { kind: 'manual' as const, text: 'it is slow', line: null, by: 'operator' };
  return decided(watching(plan), { type: 'TriggerRollback', trigger, reason: 'it is slow', at: at(minutes(3)) });
}

function rollbackPlanned(plan: Plan = examplePlan(), target: ReleaseRef | null = earlier): readonly DeploymentEvent[] {
  const checks = { from: 'd-0', smokeTests: plan.smokeTests, healthChecks: plan.healthChecks };
  return decided(rollingBack(plan), { type: 'PlanRollback', token: 1, target, checks, at: at(minutes(3)) });
}

function rolledBack(plan?: Plan): readonly DeploymentEvent[] {
  let events = rollbackPlanned(plan);
  const state = foldDeployment(events);
  const steps = state.status === 'rolling-back' ? (state.rollback?.steps ?? []) : [];
  events = decided(
    events,
    ...steps.slice(0, 1).map(({ id }): DeploymentCommand => ({ type: 'BeginStep', step: id, ...fenced })),
  );
  events = decided(events, ...steps.map(({ id }) => succeedStep(id)));
  return decided(events, {
    type: 'RecordChecks',
    purpose: 'restoration',
    token: 1,
    results: passingChecks(),
    at: at(minutes(6)),
  });
}

/** Streams of a deployment at its well-known moments, each decided by the aggregate itself. */
export const histories = {
  earlier,
  requested,
  drafted,
  claimed,
  planned,
  ready,
  performing,
  closing,
  verified,
  watching,
  succeeded,
  rollingBack,
  rollbackPlanned,
  rolledBack,
};
