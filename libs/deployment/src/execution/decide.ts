import { Rejection } from '@backstay/event-sourcing';
import { dutyOf, type Step } from '@backstay/document';
import { checkEvents } from '../checks.ts';
import { after, fence, running } from '../decision.ts';
import { evidenceLines } from '../evidence.ts';
import type { DeploymentEvent } from '../events.ts';
import { evolveDeployment } from '../evolve.ts';
import { activeState, isRunning, type DeploymentState, type Running } from '../state.ts';
import { awaitsRollbackPoint, nextStep, phaseOfStep, phaseOfStepId } from '../steps.ts';
import { concluded, whyNotPerformed, withFollowing } from '../transitions.ts';
import type { StepRecord } from '../values.ts';
import type { BeginStep, CaptureRollbackPoint, CompleteStep, ExecutionCommand, RecordEvidence } from './commands.ts';
import { confirmStep, resolveStep } from './manual.ts';
import { failurePolicy, mayBeRunAgain, stepStarted, unknownPolicy } from './step-events.ts';

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
    case 'RecordEvidence':
      return readEvidence(command, state);
  }
}

/** A rehearsal that has proven itself waits for the last of its evidence. */
function readEvidence(command: RecordEvidence, state: DeploymentState): readonly DeploymentEvent[] {
  const events = recordEvidence(command, state);
  const now = activeState(events.reduce<DeploymentState>(evolveDeployment, state));
  const waited = events.length > 0 && now.status === 'monitoring' && now.watchComplete;
  return waited ? [...events, ...concluded(now, command.at)] : events;
}

/** Each line is read once; a reading is recorded, whatever it says. */
function recordEvidence({ readings, token, at }: RecordEvidence, state: DeploymentState): readonly DeploymentEvent[] {
  const active = activeState(state);
  if (active.status === 'none' || active.status === 'planning' || active.drafted === null)
    throw new Rejection('not-running', `the deployment is ${active.status}`, { status: active.status });
  fence(active, 'execution', token);
  const { drafted, evidenceRead } = active;
  return evidenceLines(drafted.plan).flatMap(({ line, text }): DeploymentEvent[] => {
    const reading = evidenceRead.includes(line) ? undefined : readings.find((each) => each.line === line)?.reading;
    return reading === undefined ? [] : [{ type: 'EvidenceRead', data: { line, text, reading, at } }];
  });
}

/** What of the first steps is nobody's here was known when the plan was made. */
function captureRollbackPoint({ point }: CaptureRollbackPoint, state: DeploymentState): readonly DeploymentEvent[] {
  const run = running(state);
  return run.rollbackPoint === null
    ? withFollowing(run, [{ type: 'RollbackPointCaptured', data: point }], run.plannedAt)
    : [];
}

function beginStep(command: BeginStep, state: DeploymentState): readonly DeploymentEvent[] {
  const run = running(state);
  const step = nextStep(run);
  if (step?.id !== command.step)
    throw new Rejection('not-next', `step ${command.step} is not the next one${step ? `; ${step.id} is` : ''}`);
  fence(run, phaseOfStep(step), command.token);
  if (awaitsRollbackPoint(run))
    throw new Rejection('no-rollback-point', 'nothing is begun before it is recorded what to go back to');
  if (whyNotPerformed(run, step) !== null) return withFollowing(run, [], command.at);
  if (dutyOf(step.action)) throw new Rejection('manual', `step ${step.id} is done by a person, who confirms it`);
  const record = run.steps[step.id];
  if (record?.status === 'running') return resumeStep(run, step, record, command);
  return [stepStarted(step, (record?.attempt ?? 0) + 1, command)];
}

function resumeStep(
  run: Running,
  step: Step,
  { attempt, token: earlier }: StepRecord,
  { token, host, at }: BeginStep,
): readonly DeploymentEvent[] {
  if (token === earlier) return [];
  if (step.effect !== 'opaque')
    return [{ type: 'StepResumed', data: { step: step.id, phase: phaseOfStep(step), attempt, token, host, at } }];
  const reason = 'the process that ran it was lost, and it may not be run twice';
  return [
    { type: 'StepUnknown', data: { step: step.id, attempt, token, reason, at } },
    ...unknownPolicy(run, step, reason, at),
  ];
}

function completeStep(command: CompleteStep, state: DeploymentState): readonly DeploymentEvent[] {
  const active = activeState(state);
  if (active.status === 'none' || active.status === 'planning')
    throw new Rejection('not-running', `the deployment is ${active.status}`);
  const record = active.steps[command.step];
  if (record === undefined || record.attempt < command.attempt)
    throw new Rejection('not-started', `attempt ${command.attempt} of ${command.step} was never started`);
  if (record.status !== 'running' || record.attempt > command.attempt) return [];
  if (command.token < record.token)
    throw new Rejection('stale-token', `token ${command.token} is older than ${record.token}`);
  const end = {
    step: command.step,
    attempt: command.attempt,
    token: command.token,
    output: command.output,
    result: command.result,
    at: command.at,
  };
  // A step of the plan that ends after a rollback was triggered, or after the end, only closes its record.
  const step = isRunning(active) ? stepOf(active, command.step) : undefined;
  if (!isRunning(active) || step === undefined) return [closed(end, command.outcome)];
  const checks = checkEvents(command.checks ?? [], active.status === 'rolling-back' ? 'restoration' : 'verification');
  const events = [...checks, ...ended(active, step, end, command)];
  // While the deployment is held, what runs ends and nothing follows it.
  return state.status === 'held' ? events.filter(({ type }) => type !== 'StepStarted') : events;
}

type End = {
  step: string;
  attempt: number;
  token: number;
  output?: CompleteStep['output'];
  result?: CompleteStep['result'];
  at: string;
};

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
      return [closed(end, outcome), ...(mayBeRunAgain(step) ? [] : unknownPolicy(run, step, outcome.reason, end.at))];
    case 'unknown':
      return [closed(end, outcome), ...unknownPolicy(run, step, outcome.reason, end.at)];
    case 'failed':
      return stepFailed(run, step, end, outcome.reason, command);
  }
}

function stepFailed(
  run: Running,
  step: Step,
  end: End,
  reason: string,
  command: CompleteStep,
): readonly DeploymentEvent[] {
  const retries = step.retry !== undefined && end.attempt <= step.retry.times;
  const failed: DeploymentEvent = {
    type: 'StepFailed',
    data: { ...end, reason, willRetryAt: retries ? after(end.at, step.retry?.everyMs ?? 0) : null },
  };
  if (retries) return [failed];
  if (step.onFailure === 'continue') return goOn(run, [failed], command);
  return [failed, ...failurePolicy(run, step, reason, end.at)];
}

/** What follows a step that is done: the next of the same phase and stage in the same append. */
function goOn(run: Running, events: readonly DeploymentEvent[], command: CompleteStep): readonly DeploymentEvent[] {
  const all = withFollowing(run, events, command.at);
  const now = all.reduce<DeploymentState>(evolveDeployment, run);
  const step = now.status === run.status ? nextStep(now) : undefined;
  if (
    step === undefined ||
    dutyOf(step.action) !== undefined ||
    phaseOfStep(step) !== phaseOfStepId(run.drafted, command.step)
  )
    return all;
  return [...all, stepStarted(step, ((now as Running).steps[step.id]?.attempt ?? 0) + 1, command)];
}
