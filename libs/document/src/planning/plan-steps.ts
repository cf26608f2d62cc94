import { stepId } from './backups.ts';
import { given } from '../context/bindings.ts';
import type { StepNode } from '../reading/document.ts';
import { longestMs } from '../values/duration.ts';
import type { Needs } from './needs.ts';
import { phraseMeanings, type Meant, type PhraseStep } from './phrase-meanings.ts';
import type { EffectClass, OnFailure, Undo } from '../plan/values.ts';
import type { Action, Step } from '../plan/plan.ts';

const minute = 60_000;
export const stepTimeoutMs = 10 * minute;
export const manualTimeoutMs = 24 * 60 * minute;

/** The steps of the procedure, each with all that the document leaves to rules. */
export function planSteps(needs: Needs): Step[] {
  let mutated = false;
  return inWorkingDirectories(needs.document.steps, needs).map(({ node, meant, directory }) => {
    const step = planStep(node, meant, directory, mutated ? 'rollback' : 'stop');
    if (!step.mutates) return step;
    mutated = true;
    return { ...step, onFailure: node.modifiers.onFailure ?? 'rollback' };
  });
}

/** The steps of the rollback; one that fails stops it. */
export function planRollbackSteps(needs: Needs): Step[] {
  const { steps, rollback } = needs.document;
  const last = inWorkingDirectories(steps, needs).at(-1)?.directory;
  return inWorkingDirectories(rollback.steps, needs, last).map(({ node, meant, directory }) =>
    planStep(node, meant, directory, 'stop'),
  );
}

interface Placed {
  readonly node: StepNode;
  readonly meant: Meant;
  readonly directory: string;
}

/** After a checkout commands run where it put the code. */
function inWorkingDirectories(nodes: readonly StepNode[], needs: Needs, first = 'source'): Placed[] {
  let directory = first;
  return nodes.map((node) => {
    const meant = meaningOf(node, needs);
    if (meant.action.kind === 'checkout') directory = meant.action.into;
    return { node, meant, directory };
  });
}

function meaningOf(node: StepNode, needs: Needs): Meant {
  const { meaning } = node;
  if (meaning.kind === 'phrase') return phraseMeanings[meaning.phrase](node as PhraseStep, needs);
  const { action } = meaning;
  return { action, origin: 'document', ...given('undo', node.stage === 'rollback' ? undefined : ownUndo(action)) };
}

/** What can be taken back without being told how. */
function ownUndo(action: Action): Undo | undefined {
  if (action.kind === 'deploy') return { kind: 'deployer', parts: action.parts };
  return action.kind === 'traffic' ? { kind: 'weights' } : undefined;
}

function planStep(node: StepNode, meant: Meant, directory: string, usualFailure: OnFailure): Step {
  const { modifiers, stage, number, title, source } = node;
  const { action, origin } = meant;
  const undo = modifiers.undo ?? meant.undo;
  const acts = [action, undo, modifiers.waitUntil && { kind: 'run' }, modifiers.probe && { kind: 'run' }];
  return {
    id: stepId(node),
    stage,
    number,
    title,
    action,
    origin,
    ...given('undo', undo),
    expected: modifiers.expected ?? [],
    onFailure: modifiers.onFailure ?? usualFailure,
    ...given('retry', modifiers.retry),
    timeoutMs: modifiers.timeoutMs ?? timeoutOf(action),
    ...given('waitUntil', modifiers.waitUntil),
    ...given('onlyIn', modifiers.onlyIn),
    effect: modifiers.effect ?? meant.effect ?? effectOf(action),
    ...given('probe', modifiers.probe),
    irreversible: modifiers.irreversible ?? false,
    mutates: modifiers.mutates ?? meant.mutates ?? mutates(action),
    ...given('directory', modifiers.directory ?? (acts.some((act) => act?.kind === 'run') ? directory : undefined)),
    source,
  };
}

function timeoutOf(action: Action): number {
  if (action.kind === 'manual') return manualTimeoutMs;
  return action.kind === 'wait' ? Math.min(longestMs, Math.max(stepTimeoutMs, action.ms + minute)) : stepTimeoutMs;
}

function isReading(action: Extract<Action, { kind: 'request' }>): boolean {
  return ['GET', 'HEAD'].includes(action.request.method);
}

function effectOf(action: Action): EffectClass {
  if (action.kind === 'run') return 'reattachable';
  if (action.kind === 'notify') return 'keyed';
  return action.kind === 'request' && !isReading(action) ? 'opaque' : 'idempotent';
}

const changesNothing: readonly Action['kind'][] = [
  'evidence',
  'notify',
  'wait',
  'manual',
  'backup',
  'checkout',
  'section',
  'not-applicable',
];

function mutates(action: Action): boolean {
  return action.kind === 'request' ? !isReading(action) : !changesNothing.includes(action.kind);
}
