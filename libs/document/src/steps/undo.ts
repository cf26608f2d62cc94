import { z } from 'zod';
import type { DoneStep, Recorded } from './recorded.ts';
import type { AnyAction, AnyUndo } from './seen.ts';

/** A step of a rollback before it has its number; what is not said of it is as usual there. */
export interface RollbackDraft<Act extends AnyAction = AnyAction> extends Omit<DoneStep, 'id' | 'action'> {
  readonly action: Act;
}

/** All that the language knows of one way in which a step is undone. Every member but three has a default, see `undoKind`. */
export interface UndoKind<Undo extends AnyUndo> {
  readonly schema: z.ZodType<Undo>;
  /** Runs commands of the document: has a directory. */
  readonly runsCommands: boolean;
  /** Changes nothing. */
  readonly isNone: boolean;
  /** Does no harm where a step was only begun, and so takes that back too. */
  readonly takesBackBegun: boolean;
  /** Takes back all steps that are undone so at once, at the place of the last of them. */
  readonly isOnce: boolean;
  /** Why a JSON plan cannot ask for it where the kind of the step does not; absent: it can. */
  readonly refusal: string | undefined;
  /** The steps of a rollback that take a step back. */
  steps(undo: Undo, step: DoneStep, recorded: Recorded): readonly RollbackDraft[];
  /** The lines of a printed document, below the lines that say what the step does. */
  print(undo: Undo, actionLines: readonly string[]): readonly string[];
  /** What it does, in a few words. */
  describe(undo: Undo): string;
}

const defaults: Omit<UndoKind<AnyUndo>, 'schema' | 'steps' | 'describe'> = {
  runsCommands: false,
  isNone: false,
  takesBackBegun: false,
  isOnce: false,
  refusal: undefined,
  print: () => [],
};

/** A way of undoing with what is usual in place of all that it does not say. */
export function undoKind<Undo extends AnyUndo>(
  own: Pick<UndoKind<Undo>, 'schema' | 'steps' | 'describe'> & Partial<UndoKind<Undo>>,
): UndoKind<Undo> {
  return { ...defaults, ...own };
}

export const noUndo = undoKind<{ kind: 'none' }>({
  schema: z.object({ kind: z.literal('none') }),
  isNone: true,
  steps: () => [],
  print: () => ['- Undo: none'],
  describe: () => 'none',
});

export function undoTitle({ id, title }: DoneStep): string {
  return `Undo ${id}: ${title}`;
}

/** A step that Backstay itself performs and may perform again. */
export function ownStep<Act extends AnyAction>(
  { source, timeoutMs }: DoneStep,
  action: Act,
  title: string,
): RollbackDraft<Act> {
  return { title, action, source, timeoutMs, effect: 'idempotent' };
}
