import { Rejection } from '@backstay/event-sourcing';
import type { Step } from '@backstay/document';
import { after, fence, running } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { hasMutated, isPastIrreversible, nextStep, performerOf } from '../journal.ts';
import { triggerRollback } from '../rollback/decide.ts';
import { rollbackStepFailed } from '../rollback/outcome.ts';
import { isRunning, underlying, type DeploymentState, type Held, type Running, type StepRecord } from '../state.ts';
import { smokeTestsTrigger } from '../verification/failure.ts';
import { checkFacts, checksItem, passed } from '../verification/decide.ts';
import type { BeginStep, CaptureRollbackPoint, CompleteStep, ConfirmStep, ExecutionCommand, ResolveStep } from './commands.ts';
import { evolveDeployment } from '../evolve.ts';

export function decideExecution(command: ExecutionCommand, state: DeploymentState): readonly DeploymentEvent[] {
  switch (command.type) {
    case 'CaptureRollbackPoint':
      return captureRollbackPoint(command, state);
    case 'BeginStep':
      return beginStep(command, state);
    case 'CompleteStep':
      return completeStep(command, state);
    case 'ConfirmStep':
      return confirmStep(command, state);
    case 'ResolveStep':
      return resolveStep(command, state);
  }
}

function captureRollbackPoint({ point }: CaptureRollbackPoint, state: DeploymentState): readonly DeploymentEvent[] {
  return running(state).rollbackPoint === null ? [{ type: 'RollbackPointCaptured', data: point }] : [];
}

function beginStep(command: BeginStep, state: DeploymentState): readonly DeploymentEvent[] {
  const run = running(state);
  const step = nextStep(run);
  if (step?.id !== command.step) throw new Rejection('not-next', `step ${command.step} is not the next one${step ? `; ${step.id} is` : ''}`);
  fence(run, performerOf(step), command.token);
  const record = run.steps[step.id];
  if (record?.status === 'running') return resumeStep(step, record, command);
  return [stepStarted(step, (record?.attempt ?? 0) + 1, command)];
}

function resumeStep(step: Step, { attempt, token: earlier }: StepRecord, { token, host, at }: BeginStep): readonly DeploymentEvent[] {
  if (token === earlier) return [];
  if (step.effect !== 'opaque') return [{ type: 'StepResumed', data: { step: step.id, phase: performerOf(step), attempt, token, host, at } }];
  const reason = 'its performer was lost while it ran, and it may not be run twice';
  return [{ type: 'StepUnknown', data: { step: step.id, attempt, token, reason, at } }, heldForUnknown(step, reason, at)];
}

function stepStarted(step: Step, attempt: number, { token, host, at }: Pick<BeginStep, 'token' | 'host' | 'at'>): DeploymentEvent {
  const { id, title, action, effect, mutates } = step;
  return { type: 'StepStarted', data: { step: id, phase: performerOf(step), title, attempt, action: action.kind, effect, mutates, token, host, at } };
}

function completeStep(command: CompleteStep, state: DeploymentState): readonly DeploymentEvent[] {
  const whole = underlying(state);
  if (whole.status === 'none' || whole.status === 'planning') throw new Rejection('not-running', `the deployment is ${whole.status}`);
  const record = whole.steps[command.step];
  if (record === undefined || record.attempt !== command.attempt) throw new Rejection('not-started', `attempt ${command.attempt} of ${command.step} was never started`);
  if (record.status !== 'running') return [];
  if (command.token < record.token) throw new Rejection('stale-token', `token ${command.token} is older than ${record.token}`);
  const end = { step: command.step, attempt: command.attempt, token: command.token, output: command.output, result: command.result, at: command.at };
  // A step of the plan that ends after a rollback was triggered, or after the end, only closes its record.
  const step = isRunning(whole) ? stepOf(whole, command.step) : undefined;
  if (!isRunning(whole) || step === undefined) return [closed(end, command.outcome)];
  const checks = checkFacts(command.checks ?? [], whole.status === 'rolling-back' ? 'restoration' : 'verification');
  return [...checks, ...ended(whole, step, end, command)];
}

type End = { step: string; attempt: number; token: number; output?: CompleteStep['output']; result?: CompleteStep['result']; at: string };

function closed(end: End, outcome: CompleteStep['outcome']): DeploymentEvent {
  switch (outcome.status) {
    case 'succeeded':
      return { type: 'StepSucceeded', data: end };
    case 'failed':
      return { type: 'StepFailed', data: { ...end, reason: outcome.reason, willRetryAt: null } };
    case 'interrupted':
      return { type: 'StepInterrupted', data: { ...end, reason: outcome.reason } };
    case 'unknown':
      return { type: 'StepUnknown', data: { ...end, reason: outcome.reason } };
  }
}

/** The step of the present agenda; undefined when the deployment has moved on. */
function stepOf(run: Running, id: string): Step | undefined {
  const step = nextStep(run);
  return step?.id === id ? step : undefined;
}

function ended(run: Running, step: Step, end: End, command: CompleteStep): readonly DeploymentEvent[] {
  const { outcome } = command;
  switch (outcome.status) {
    case 'succeeded':
      return goOn(run, [closed(end, outcome)], command);
    case 'interrupted':
      return [closed(end, outcome)];
    case 'unknown':
      if (run.status === 'rolling-back') return [closed(end, outcome), ...rollbackStepFailed(run, step, outcome.reason, end.at)];
      return [closed(end, outcome), heldForUnknown(step, outcome.reason, end.at)];
    case 'failed':
      return stepFailed(run, step, end, outcome.reason, command);
  }
}

function stepFailed(run: Running, step: Step, end: End, reason: string, command: CompleteStep): readonly DeploymentEvent[] {
  const retries = step.retry !== undefined && end.attempt <= step.retry.times;
  const failed: DeploymentEvent = {
    type: 'StepFailed',
    data: { ...end, reason, willRetryAt: retries ? after(end.at, step.retry?.everyMs ?? 0) : null },
  };
  if (retries) return [failed];
  if (step.onFailure === 'continue') return goOn(run, [failed], command);
  return [failed, ...failurePolicy(run, step, reason, end.at)];
}

function failurePolicy(run: Running, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  if (run.status === 'rolling-back') return rollbackStepFailed(run, step, reason, at);
  const told = `step ${step.id} (${step.title}) failed: ${reason}`;
  if (step.onFailure.startsWith('ask:')) return [heldForDecision(step, told, at)];
  const executionFailed: DeploymentEvent = { type: 'ExecutionFailed', data: { step: step.id, reason, at } };
  if (!hasMutated(run)) return [executionFailed, { type: 'DeploymentFailed', data: { reason: told, at } }];
  if (step.onFailure === 'stop' || isPastIrreversible(run)) return [executionFailed, { type: 'DeploymentHalted', data: { reason: told, at } }];
  const trigger = smokeTestsTrigger(run, step) ?? { kind: 'step-failed' as const, text: step.title, line: step.source.line, by: 'backstay' };
  return [executionFailed, ...triggerRollback({ type: 'TriggerRollback', trigger, reason: told, at }, run)];
}

/** What follows a step that is done: the next of the same performer in the same append, or the end of the stage. */
function goOn(run: Running, facts: readonly DeploymentEvent[], command: CompleteStep): readonly DeploymentEvent[] {
  const now = facts.reduce(evolveDeployment, run as DeploymentState) as Running;
  const step = nextStep(now);
  const performed = agendaPerformer(run, command.step);
  if (step === undefined) return now.status === 'executing' ? [...facts, { type: 'ExecutionCompleted', data: { at: command.at } }] : facts;
  const startsNow = performerOf(step) === performed && step.action.kind !== 'manual' && !isSkipped(now, step);
  return startsNow ? [...facts, stepStarted(step, (now.steps[step.id]?.attempt ?? 0) + 1, command)] : facts;
}

function agendaPerformer(run: Running, id: string) {
  const all = run.status === 'rolling-back' ? (run.rollback?.steps ?? []) : run.drafted.plan.steps;
  const step = all.find((candidate) => candidate.id === id);
  return step && performerOf(step);
}

function isSkipped({ drafted }: Running, { onlyIn }: Step): boolean {
  return onlyIn !== undefined && !onlyIn.includes(drafted.plan.environment);
}

const dayMs = 86_400_000;

function heldForUnknown(step: Step, reason: string, at: string): DeploymentEvent {
  const why = `nobody can tell how step ${step.id} (${step.title}) ended: ${reason}`;
  return held('unknown-outcome', step.id, 'operator', why, at, dayMs);
}

function heldForDecision(step: Step, why: string, at: string): DeploymentEvent {
  return held('ask', step.id, step.onFailure.slice('ask:'.length), why, at, dayMs);
}

function held(code: 'unknown-outcome' | 'ask', step: string, duty: string, why: string, at: string, ms: number): DeploymentEvent {
  return { type: 'DeploymentHeld', data: { code, why, duty, step, winner: null, until: after(at, ms), at } };
}

function confirmStep({ step, by, reason, at }: ConfirmStep, state: DeploymentState): readonly DeploymentEvent[] {
  const whole = underlying(state);
  if (whole.status !== 'none' && whole.status !== 'planning' && whole.steps[step]?.status === 'succeeded') return [];
  const { under } = heldOn(state, step, ['manual']);
  const run = under as Running;
  const planned = nextStep(run);
  if (planned === undefined) throw new Rejection('not-next', `step ${step} is not the next one`);
  const record = run.steps[step];
  const start = stepStarted(planned, (record?.attempt ?? 0) + 1, { token: 0, host: 'a person', at });
  const end = { step, attempt: (record?.attempt ?? 0) + 1, token: 0, result: { confirmedBy: by, reason }, at };
  const facts: DeploymentEvent[] = [
    { type: 'StepConfirmed', data: { step, by, reason, at } },
    { type: 'DeploymentReleased', data: { why: `${by} confirmed step ${step}`, at } },
    start,
    { type: 'StepSucceeded', data: end },
  ];
  const now = facts.reduce(evolveDeployment, state) as Running;
  return nextStep(now) === undefined && now.status === 'executing' ? [...facts, { type: 'ExecutionCompleted', data: { at } }] : facts;
}

function resolveStep({ step, outcome, by, reason, at }: ResolveStep, state: DeploymentState): readonly DeploymentEvent[] {
  const run = heldOn(state, step, ['unknown-outcome', 'ask']).under as Running;
  if (step === checksItem) return resolveChecks(outcome, run, by, reason, at);
  const planned = nextStep(run);
  const record = run.steps[step];
  if (planned === undefined || record === undefined) throw new Rejection('not-next', `step ${step} is not the one that is held`);
  const resolved: DeploymentEvent[] = [
    { type: 'StepResolved', data: { step, outcome, by, reason, at } },
    { type: 'DeploymentReleased', data: { why: `${by} resolved step ${step} as ${outcome}`, at } },
  ];
  if (outcome === 'failed') {
    const firmly: Step = { ...planned, onFailure: hasMutated(run) ? 'rollback' : 'stop' };
    return [...resolved, ...failurePolicy(run, firmly, `${by} resolved it as failed: ${reason}`, at)];
  }
  const now = resolved.reduce(evolveDeployment, state) as Running;
  return nextStep(now) === undefined && now.status === 'executing' ? [...resolved, { type: 'ExecutionCompleted', data: { at } }] : resolved;
}

/** The closing checks asked: a person takes them as passed, as failed, or has them run again. */
function resolveChecks(outcome: ResolveStep['outcome'], run: Running, by: string, reason: string, at: string): readonly DeploymentEvent[] {
  const resolved: DeploymentEvent[] = [
    { type: 'StepResolved', data: { step: checksItem, outcome, by, reason, at } },
    { type: 'DeploymentReleased', data: { why: `${by} resolved the checks as ${outcome}`, at } },
  ];
  if (outcome === 'retry' || run.status !== 'verifying') return resolved;
  if (outcome === 'completed') return [...resolved, ...passed(run, [], at)];
  const trigger = { kind: 'smoke-tests' as const, text: reason, line: null, by };
  return [...resolved, ...triggerRollback({ type: 'TriggerRollback', trigger, reason: `${by} resolved the checks as failed: ${reason}`, at }, run)];
}

function heldOn(state: DeploymentState, step: string, codes: readonly string[]): Held {
  if (state.status !== 'held' || state.hold.step !== step || !codes.includes(state.hold.code)) {
    throw new Rejection('not-held', `the deployment is not held for step ${step}`, { status: state.status });
  }
  return state;
}
