import type { Action, Plan, Step } from '@backstay/document';
import { undoList } from '../journal.ts';
import type { StepRecord } from '../state.ts';

type Draft = Pick<Step, 'title' | 'action' | 'source' | 'timeoutMs' | 'effect'> & Partial<Pick<Step, 'directory'>>;

/**
 * The steps of a rollback, from what was recorded: the document's own list, in which "Revert to previous version" stands
 * for the undo of every completed step in inverse order; without a list, that undo alone.
 */
export function deriveRollback(plan: Plan, records: Readonly<Record<string, StepRecord>>): readonly Step[] {
  const undo = undoList(plan, records);
  const { steps } = plan.rollback;
  const drafts =
    steps.length === 0
      ? undone(undo, true)
      : steps.flatMap((step) => (isRevert(step) ? undone(undo, !hasRestart(steps)) : [step]));
  return drafts.map((draft, index) => numbered(draft, index + 1));
}

function isRevert({ action }: Step): boolean {
  return action.kind === 'revert' && action.part === 'previous-version';
}

function hasRestart(steps: readonly Step[]): boolean {
  return steps.some(({ action }) => action.kind === 'revert' && action.part === 'restart');
}

/** Undo commands in inverse order; the deployer's own inverses become one switch back, at the place of the last deployed part. */
function undone(undo: readonly Step[], restarts: boolean): readonly Draft[] {
  const firstDeployed = undo.find((step) => step.undo?.kind === 'deployer');
  return undo.flatMap((step): Draft[] => {
    if (step.undo?.kind === 'run') return [undoCommand(step, step.undo)];
    if (step !== firstDeployed) return [];
    const back = (part: 'previous-version' | 'restart', title: string) =>
      deployerStep(step, { kind: 'revert', part }, title);
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

function deployerStep({ source, timeoutMs }: Step, action: Action, title: string): Draft {
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
  const policy =
    draft.action.kind === 'section' || draft.action.kind === 'notify' ? { onFailure: 'continue' as const } : {};
  return { ...defaults, ...draft, ...policy, id: `rollback.${number}`, stage: 'rollback', number };
}
