import { kindOf, undoKindOf, undoSteps, type Plan, type RollbackDraft, type Step } from '@backstay/document';
import type { Run } from './state.ts';
import { undoList } from './steps.ts';
import type { StepRecord } from './values.ts';

/**
 * The steps of a rollback, from what was recorded: the document's own list, in which "Revert to previous version" stands
 * for the undo of every completed step in inverse order; without a list, that undo alone.
 */
export function deriveRollback(
  plan: Plan,
  records: Readonly<Record<string, StepRecord>>,
  rollbackPoint: Run['rollbackPoint'],
): readonly Step[] {
  const undone = undoList(plan, records)
    .filter(isUndoneHere)
    .flatMap((step) => {
      // What takes a change back changes the database too.
      const { changesDatabase } = step;
      const taken = undoSteps(step, { plan, steps: records, rollbackPoint });
      return changesDatabase === undefined ? taken : taken.map((each) => ({ ...each, changesDatabase }));
    });
  const { steps } = plan.rollback;
  const drafts = steps.length === 0 ? undone : steps.flatMap((step) => (standsForUndo(step) ? undone : [step]));
  return drafts.map((draft, index) => numbered(draft, index + 1));
}

type UndoneStep = Step & Required<Pick<Step, 'undo'>>;

/** What takes back several steps at once does so at the place of the last of them. */
function isUndoneHere(step: Step, index: number, all: readonly Step[]): step is UndoneStep {
  const { undo } = step;
  if (undo === undefined) return false;
  return !undoKindOf(undo).isOnce || all.findIndex((each) => each.undo?.kind === undo.kind) === index;
}

function standsForUndo({ action }: Step): boolean {
  return kindOf(action).standsForUndo(action);
}

function numbered(draft: RollbackDraft<Step['action']> | Step, number: number): Step {
  const defaults = {
    origin: 'default' as const,
    expected: [],
    onFailure: 'stop' as const,
    irreversible: false,
    mutates: true,
  };
  // Checks and notices must not keep the rollback from its end: the closing checks say whether it is verified.
  const policy = kindOf(draft.action).endsRollback ? {} : { onFailure: 'continue' as const };
  return { ...defaults, ...draft, ...policy, id: `rollback.${number}`, stage: 'rollback', number };
}
