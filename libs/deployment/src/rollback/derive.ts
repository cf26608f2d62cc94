import { kindOf, type Action, type Plan, type Step } from '@backstay/document';
import { undoList } from '../journal.ts';
import type { RecordedWeights } from '../release.ts';
import type { Run, StepRecord } from '../state.ts';
import { weightsBefore } from '../traffic.ts';

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
  // Looking and telling must not keep the way back from its end: the closing checks say whether it is verified.
  const policy = kindOf(draft.action).endsRollback ? {} : { onFailure: 'continue' as const };
  return { ...defaults, ...draft, ...policy, id: `rollback.${number}`, stage: 'rollback', number };
}
