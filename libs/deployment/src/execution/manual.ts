import { Rejection } from '@backstay/event-sourcing';
import type { Step } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import { activeState, type DeploymentState, type Held, type Running } from '../state.ts';
import { checksItem, hasMutated, nextStep, runningVersionItem, watchItem } from '../steps.ts';
import { concluded, triggerRollback, verified, withFollowing } from '../transitions.ts';
import type { StepRecord, TriggerKind } from '../values.ts';
import type { ConfirmStep, ResolveStep } from './commands.ts';
import { failurePolicy, stepStarted } from './step-events.ts';

/** What a person did was done under no lease; a phase's tokens are higher. */
const byPerson = { token: 0, host: 'a person' };

/** A person did a manual step; that is recorded as the whole step, begun and done. Said again, it changes nothing. */
export function confirmStep({ step, by, reason, at }: ConfirmStep, state: DeploymentState): readonly DeploymentEvent[] {
  const done = recordOf(state, step);
  if (done?.status === 'succeeded') {
    if (done.token === byPerson.token) return [];
    throw new Rejection('not-manual', `step ${step} is no manual step: nobody waits for a person to confirm it`, {
      step,
    });
  }
  const run = heldRun(state, step, ['manual']);
  const planned = nextStep(run);
  if (planned?.id !== step) throw new Rejection('not-next', `step ${step} is not the next one`);
  const attempt = (run.steps[step]?.attempt ?? 0) + 1;
  const events: DeploymentEvent[] = [
    { type: 'StepConfirmed', data: { step, by, reason, at } },
    { type: 'DeploymentReleased', data: { why: `${by} confirmed step ${step}`, at } },
    stepStarted(planned, attempt, { ...byPerson, at }),
    { type: 'StepSucceeded', data: { step, attempt, token: byPerson.token, result: { confirmedBy: by, reason }, at } },
  ];
  return withFollowing(state, events, at);
}

const resolvedAs = { completed: 'succeeded', failed: 'failed', retry: 'retrying' } as const;

/** A person says how a step ended of which nobody knows the end, or what is to follow one that failed. */
export function resolveStep(command: ResolveStep, state: DeploymentState): readonly DeploymentEvent[] {
  const { step, outcome, by, reason, at } = command;
  if (state.status !== 'held' && recordOf(state, step)?.status === resolvedAs[outcome]) return [];
  const held = ['unknown-outcome', 'ask', 'no-data', 'unwatched', 'undecided', 'old-version-degraded'] as const;
  const run = heldRun(state, step, held);
  const resolved: DeploymentEvent[] = [
    { type: 'StepResolved', data: { step, outcome, by, reason, at } },
    { type: 'DeploymentReleased', data: { why: `${by} resolved ${step} as ${outcome}`, at } },
  ];
  const item = items[step];
  if (item !== undefined && outcome === 'failed') {
    const trigger = { kind: item, text: reason, line: null, by };
    const rollback = { trigger, reason: `${by} resolved the ${step} as failed: ${reason}`, at };
    return [...resolved, ...triggerRollback(rollback, run)];
  }
  if (step === checksItem || step === watchItem)
    return [...resolved, ...(outcome === 'completed' ? takenAsGood(run, at) : [])];
  if (step === runningVersionItem) return withFollowing(state, resolved, at);
  const planned = nextStep(run);
  if (planned?.id !== step || run.steps[step] === undefined)
    throw new Rejection('not-next', `step ${step} is not the one that is held`);
  if (outcome === 'failed' && planned.onFailure !== 'continue') {
    return [...resolved, ...failurePolicy(run, decided(run, planned), `${by} resolved it as failed: ${reason}`, at)];
  }
  return withFollowing(state, resolved, at);
}

/** The person was asked already, and the reply is that it failed. */
function decided(run: Running, step: Step): Step {
  return step.onFailure.startsWith('ask:') ? { ...step, onFailure: hasMutated(run) ? 'rollback' : 'stop' } : step;
}

/** What asks beside the steps, and the trigger of a rollback where a person says that it failed. */
const items: Readonly<Record<string, TriggerKind>> = {
  [checksItem]: 'smoke-tests',
  [watchItem]: 'no-data',
  [runningVersionItem]: 'degradation',
};

/** The closing checks or the watch, which a person takes as good enough: never a recorded pass of what was not measured. */
function takenAsGood(run: Running, at: string): readonly DeploymentEvent[] {
  if (run.status === 'verifying') return verified(run, [], at);
  return run.status === 'monitoring' ? concluded(run, at) : [];
}

function recordOf(state: DeploymentState, step: string): StepRecord | undefined {
  const active = activeState(state);
  return active.status === 'none' || active.status === 'planning' ? undefined : active.steps[step];
}

function heldRun(state: DeploymentState, step: string, codes: readonly Held['hold']['code'][]): Running {
  if (
    state.status !== 'held' ||
    state.under.status === 'planning' ||
    state.hold.step !== step ||
    !codes.includes(state.hold.code)
  ) {
    throw new Rejection('not-held', `the deployment is not held for ${step}`, { status: state.status });
  }
  return state.under;
}
