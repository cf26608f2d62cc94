import { kindOf, type Action, type Plan, type Step } from '@backstay/document';
import type { Run } from './state.ts';
import { undoList } from './steps.ts';
import type { RecordedWeights, StepRecord } from './values.ts';

type Draft = Pick<Step, 'title' | 'action' | 'source' | 'timeoutMs' | 'effect'> & Partial<Pick<Step, 'directory'>>;

/**
 * The steps of a rollback, from what was recorded: the document's own list, in which "Revert to previous version" stands
 * for the undo of every completed step in inverse order; without a list, that undo alone.
 */
export function deriveRollback(
  plan: Plan,
  records: Readonly<Record<string, StepRecord>>,
  rollbackPoint: Run['rollbackPoint'],
): readonly Step[] {
  const undo = undoList(plan, records);
  const weigh = (step: Step) => weightsBack(step, weightsBefore({ plan, steps: records, rollbackPoint }, step));
  const { steps } = plan.rollback;
  const drafts =
    steps.length === 0
      ? undone(undo, true, weigh)
      : steps.flatMap((step) => (isRevert(step) ? undone(undo, !hasRestart(steps), weigh) : [step]));
  return drafts.map((draft, index) => numbered(draft, index + 1));
}

function isRevert({ action }: Step): boolean {
  return action.kind === 'revert' && action.part === 'previous-version';
}

function hasRestart(steps: readonly Step[]): boolean {
  return steps.some(({ action }) => action.kind === 'revert' && action.part === 'restart');
}

/** Undo commands in inverse order; the deployer's own inverses become one switch back, at the place of the last deployed part. */
function undone(undo: readonly Step[], restarts: boolean, weigh: (step: Step) => Draft[]): readonly Draft[] {
  const firstDeployed = undo.find((step) => step.undo?.kind === 'deployer');
  return undo.flatMap((step): Draft[] => {
    if (step.undo?.kind === 'run') return [undoCommand(step, step.undo)];
    if (step.undo?.kind === 'weights') return weigh(step);
    if (step !== firstDeployed) return [];
    const back = (part: 'previous-version' | 'restart', title: string) =>
      ownStep(step, { kind: 'revert', part }, title);
    return [
      back('previous-version', 'Revert to previous version'),
      ...(restarts ? [back('restart', 'Restart services')] : []),
    ];
  });
}

function undoCommand(
  step: Step,
  { commands, shell }: { commands: Extract<Action, { kind: 'run' }>['commands']; shell: boolean },
): Draft {
  const { source, timeoutMs, directory, effect } = step;
  return {
    title: `Undo ${step.id}: ${step.title}`,
    action: { kind: 'run', commands, shell },
    source,
    timeoutMs,
    directory,
    effect,
  };
}

/** A step that knew of no weights has refused to change any. */
function weightsBack(step: Step, before: RecordedWeights | null): Draft[] {
  if (before === null || before.weights === null) return [];
  const { socket, backend, weights } = before;
  const action: Action = { kind: 'weights', proxy: 'haproxy', socket, backend, weights };
  return [ownStep(step, action, `Undo ${step.id}: ${step.title}`)];
}

function ownStep({ source, timeoutMs }: Step, action: Action, title: string): Draft {
  return { title, action, source, timeoutMs, effect: 'idempotent' };
}

function numbered(draft: Draft | Step, number: number): Step {
  const defaults = {
    origin: 'default' as const,
    expected: [],
    onFailure: 'stop' as const,
    irreversible: false,
    mutates: true,
  };
  // Checks and notices must not keep the way back from its end: the closing checks say whether it is verified.
  const policy = kindOf(draft.action).endsRollback ? {} : { onFailure: 'continue' as const };
  return { ...defaults, ...draft, ...policy, id: `rollback.${number}`, stage: 'rollback', number };
}

type Weights = Readonly<Record<string, number>>;
type Traffic = Extract<Action, { kind: 'traffic' }>;
type Recorded = {
  readonly plan: { readonly steps: readonly Step[] };
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly rollbackPoint: Run['rollbackPoint'];
};

/**
 * What the servers of its backend weighed before a step moved traffic: what the last step before it set, else what the rollback
 * point holds. Known from what is recorded alone: after a crash the proxy may show what the step itself has already done.
 */
export function weightsBefore({ plan, steps, rollbackPoint }: Recorded, step: Step): RecordedWeights | null {
  const { action } = step;
  if (action.kind !== 'traffic') return null;
  const { socket, backend } = action;
  const own = steps[step.id]?.order ?? Infinity;
  const earlier = plan.steps
    .filter((other) => other.id !== step.id && isSamePlace(other.action, action))
    .flatMap(({ id }) => steps[id] ?? [])
    .filter(({ status, order }) => status === 'succeeded' && order < own)
    .sort((a, b) => b.order - a.order);
  const point = rollbackPoint?.weights?.find((each) => each.socket === socket && each.backend === backend);
  if (point === undefined || point.weights === null) return point ?? null;
  return { ...point, weights: { ...point.weights, ...setBy(earlier[0]) } };
}

function isSamePlace(action: Action, { socket, backend }: Traffic): boolean {
  return action.kind === 'traffic' && action.socket === socket && action.backend === backend;
}

/** What a step that moved traffic has recorded of it. */
function setBy(record: StepRecord | undefined): Weights {
  const weights = record?.result?.['weights'];
  return typeof weights === 'object' && weights !== null ? (weights as Weights) : {};
}
