import { z } from 'zod';
import type { Duty, Evidence, Request, Section, Stage } from '../plan/values.ts';
import type { Place, Serving, StepKind } from './kind.ts';
import { loose } from '../markdown/span.ts';
import { findPhrase, type Phrase } from './phrase.ts';
import type { DoneStep, Recorded } from './recorded.ts';
import { stepKinds, undoKinds, type Action, type PhraseName, type Undo } from './registry.ts';
import type { AnyAction } from './seen.ts';
import type { RollbackDraft, UndoKind } from './undo.ts';

export type AnyKind = StepKind<AnyAction>;

export const kinds = Object.values(stepKinds) as unknown as readonly AnyKind[];

export const actionSchema = z.discriminatedUnion(
  'kind',
  kinds.map(({ schema }) => schema) as never,
) as z.ZodType<Action>;

/** What the language knows of the kind of this action. */
export function kindOf<Act extends Action>({ kind }: Act): StepKind<Act> {
  return stepKinds[kind] as unknown as StepKind<Act>;
}

export const undoSchema = z.discriminatedUnion(
  'kind',
  Object.values(undoKinds).map(({ schema }) => schema) as never,
) as z.ZodType<Undo>;

/** What the language knows of the kind of this undo. */
export function undoKindOf<Back extends Undo>({ kind }: Back): UndoKind<Back> {
  return undoKinds[kind] as unknown as UndoKind<Back>;
}

/** What takes an action back where its step does not say so itself. */
export function undoOf(action: Action): Undo | undefined {
  return kindOf(action).undo(action) as Undo | undefined;
}

/** The steps of a rollback that take a step back, by its undo and what is recorded. */
export function undoSteps(
  step: DoneStep & { readonly undo: Undo },
  recorded: Recorded,
): readonly RollbackDraft<Action>[] {
  return undoKindOf(step.undo).steps(step.undo, step, recorded) as readonly RollbackDraft<Action>[];
}

export interface NamedPhrase extends Phrase {
  readonly name: PhraseName;
  readonly kind: AnyKind;
}

const phrases = kinds.flatMap((kind) =>
  Object.entries(kind.phrases).map(([name, phrase]): NamedPhrase => ({ ...phrase, name: name as PhraseName, kind })),
);

const changing = phrases.filter(({ changesDatabase }) => changesDatabase === true);

/** The known lines of Pre-Deployment, Deployment and Post-Deployment Steps, and those of Rollback Steps. */
export function phrasesIn(place: Place): readonly NamedPhrase[] {
  return phrases.filter((phrase) => phrase.in.includes(place));
}

export function placeOfStage(stage: Stage): Place {
  return stage === 'rollback' ? 'rollback' : 'procedure';
}

export function phraseNamed(name: PhraseName): NamedPhrase {
  return phrases.find((phrase) => phrase.name === name)!;
}

/** Whether a title says that its step changes a database. */
export function isTitledAsChange(title: string): boolean {
  return findPhrase(loose(title), changing) !== undefined;
}

/** The databases that a step changes where it does not say so itself, by its title. */
export function usuallyChanged(title: string, action: Action, mutates: boolean | undefined): 'any' | undefined {
  return mutates !== false && kindOf(action).reachesDatabases && isTitledAsChange(title) ? 'any' : undefined;
}

/** Whether an action changes something outside, where its step does not say so itself. */
export function mutates(action: Action): boolean {
  const kind = kindOf(action);
  return typeof kind.mutates === 'function' ? kind.mutates(action) : kind.mutates;
}

/** What an action may do to what is served, where its step changes something. */
export function servingOf(action: Action): Serving {
  return kindOf(action).serving(action);
}

/** The section that an action works through. */
export function sectionOf(action: Action): Section | undefined {
  return kindOf(action).section(action);
}

/** The evidence that an action reads. */
export function evidenceReadBy(action: Action): Evidence | undefined {
  return kindOf(action).evidence(action);
}

/** Who has to confirm an action that a person performs. */
export function dutyOf(action: Action): Duty | undefined {
  return kindOf(action).duty(action);
}

/** The channel that an action notifies. */
export function channelOf(action: Action): string | undefined {
  return kindOf(action).channel(action);
}

/** The request that an action sends. */
export function requestOf(action: Action): Request | undefined {
  return kindOf(action).request(action);
}

/** How long an action lasts that only lets time pass. */
export function pauseOf(action: Action): number | undefined {
  return kindOf(action).pauseMs(action);
}
