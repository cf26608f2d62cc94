import type { z } from 'zod';
import type { Span } from '../markdown/span.ts';
import type { Clause, Duty, EffectClass, Evidence, Origin, Request, Section, Stage } from '../plan/values.ts';
import type { Form, Value } from '../reading/forms.ts';
import type { Reading } from '../reading/reading.ts';
import type { Subject } from '../values/clauses.ts';
import type { Phrase } from './phrase.ts';
import type { AnyAction, AnyUndo, PhraseMeaning, SeenPlan } from './seen.ts';

/** What is known of a step when its label is read. */
export interface StepHead {
  readonly stage: Stage;
  readonly title: Span;
  /** `Shell: yes` */
  readonly shell: boolean;
}

/** A sub-bullet that says what a step does, as `Run:`. */
export interface Label<Act extends AnyAction> {
  readonly name: string;
  /** A fence may stand in place of the value. */
  readonly fence?: boolean;
  read(value: Value, head: StepHead, reading: Reading): Act | PhraseMeaning | undefined;
}

/** Sub-bullets that only steps of one kind have. */
export interface KindParts<Act extends AnyAction, Parts extends object> {
  /** Whose they are, as “a `Request:`”. */
  readonly of: string;
  /** By the part that each of them reads; what none reads is a part of the label. */
  readonly forms: { readonly [Key in keyof Parts]?: Form<Partial<Parts>> };
  /** Completes an action; a phrase carries its parts to the planning. */
  into?(action: Act, parts: Partial<Parts>): Act;
}

export type Place = 'procedure' | 'rollback';

/**
 * `untouched`: what is served stays as it is. `may-change`: it may behave otherwise afterwards, as after a migration. `new-version`: what
 * the deployment brings begins to serve.
 */
export type Serving = 'untouched' | 'may-change' | 'new-version';

/** What a kind may know of its step: a JSON plan can ask for more than a document can say. */
export interface AskedStep {
  readonly retry?: unknown;
  readonly effect: EffectClass;
  readonly expected: readonly Clause[];
}

/**
 * Who reads a field of an action: what performs it in `libs/steps`, the language by a member of the kind, or
 * people alone, to whom it is described. `fixed`: its shape refuses every value but one.
 */
export type FieldReader = 'effect-handler' | 'language' | 'people' | 'fixed';

/** The scope of which a procedure's digest knows nothing. */
export type ProcedureScope = Pick<SeenPlan, 'repository' | 'ref' | 'commit'>;

/**
 * All that the language knows of one kind of step; its file is the only place that does. What performs it is `libs/steps`.
 * Every member but three has a default, see `stepKind`.
 */
export interface StepKind<Act extends AnyAction, Name extends string = string, Parts extends object = object> {
  readonly schema: z.ZodType<Act>;
  readonly fields: { readonly [Field in keyof Omit<Act, 'kind'>]-?: FieldReader };

  // The document's line
  readonly label: Label<Act> | undefined;
  readonly parts: KindParts<Act, Parts> | undefined;
  readonly phrases: Readonly<Record<Name, Phrase<Act, Partial<Parts>>>>;
  /** What `Expected:` is about; nothing can be expected of other kinds. */
  readonly expects: Subject | undefined;
  /** Runs commands of the document: has a directory, a shell, a probe and a condition to wait for. */
  readonly runsCommands: boolean;
  /** May wait until a command exits 0, although it runs none itself. */
  readonly waitsUntil: boolean;
  /** Where such a step can stand; without an action, whether the kind can at all. */
  isPerformedIn(place: Place, action?: Act): boolean;

  // Defaults of the plan
  /** Whether it changes something outside; a function where that depends on the action. */
  readonly mutates: boolean | ((action: Act) => boolean);
  /** Whether such a step may change a database; that it does is said by its phrase or by `Changes database:`. */
  readonly reachesDatabases: boolean;
  /** What such a step, where it changes something, may do to what is served. */
  serving(action: Act): Serving;
  effect(action: Act): EffectClass;
  timeoutMs(action: Act): number;
  /** What takes it back without instructions. */
  undo(action: Act): AnyUndo | undefined;

  // Whose work it is
  phase(action: Act): 'execution' | 'verification' | 'monitoring';
  /** Occupies one of the machine's slots while it is performed. */
  readonly occupiesSlot: boolean;
  /** Why nothing is to be performed. */
  skips(action: Act): string | undefined;

  // In a rollback
  /** Whether a failed step of this kind ends the rollback that it stands in. */
  readonly endsRollback: boolean;
  /** Stands for the undo of every completed step. */
  standsForUndo(action: Act): boolean;
  restores(action: Act): RestoredBackup | undefined;
  /** URLs of the databases that it makes a backup of, as they are written. */
  saves(action: Act): readonly string[];

  // What it does, for who asks without knowing the kind
  section(action: Act): Section | undefined;
  evidence(action: Act): Evidence | undefined;
  request(action: Act): Request | undefined;
  /** The person who has to confirm it. */
  duty(action: Act): Duty | undefined;
  /** The channel that it notifies. */
  channel(action: Act): string | undefined;
  deployer(action: Act): string | undefined;
  /** The folder, relative to the workspace, in which it puts the code. */
  directory(action: Act): string | undefined;
  /** How long it lasts when all that it does is to let time pass; it needs no effect handler then. */
  pauseMs(action: Act): number | undefined;
  /** What it may bring about that proof is read from: files, or other replies at a URL. */
  readonly brings: readonly ('files' | 'replies')[];
  /** Addresses that it calls, which the profile has to allow. */
  calls(action: Act): readonly string[];
  /** Texts in which `${NAME}`s are put in place. */
  mentions(action: Act): readonly string[];

  // The plan in JSON
  /** What stays of it in the digest of the procedure. */
  procedure(action: Act, scope: ProcedureScope): object;
  /** What its shape does not refuse: a field and what is wrong with it. */
  check(action: Act): readonly { readonly field: string; readonly message: string }[];
  /** What its step asks for and would not get. */
  refuses(step: AskedStep): readonly string[];

  // For people
  /** The lines below the title of a printed document. */
  print(action: Act, plan: SeenPlan): readonly string[];
  /** Lines after those that every step has. */
  printLast(action: Act): readonly string[];
  /** Whether a title that is a phrase says all of it. */
  isStatedBy(phrase: string, step: PrintedStep<Act>, plan: SeenPlan): boolean;
  /** What it does, in a few words. */
  describe(action: Act, plan: SeenPlan, duration: (ms: number) => string): string;
}

/** What a step puts back. */
export interface RestoredBackup {
  /** The step that made the backup. */
  readonly step: string;
  /** The loss of data in ms that it accepts; null: it accepts what its plan does. */
  readonly dataLossMs: number | null;
  /** Also where nothing that is recorded changed the database since. */
  readonly always: boolean;
}

export interface PrintedStep<Act extends AnyAction> {
  readonly action: Act;
  readonly origin: Origin;
  readonly stage: Stage;
}

const minute = 60_000;
export const usualTimeoutMs = 10 * minute;

type Required = 'schema' | 'fields' | 'describe';

const defaults: Omit<StepKind<AnyAction>, Required | 'label' | 'parts' | 'phrases'> = {
  expects: undefined,
  runsCommands: false,
  waitsUntil: false,
  isPerformedIn: () => true,
  mutates: true,
  reachesDatabases: false,
  serving: () => 'may-change',
  effect: () => 'idempotent',
  timeoutMs: () => usualTimeoutMs,
  undo: () => undefined,
  phase: () => 'execution',
  occupiesSlot: true,
  skips: () => undefined,
  endsRollback: true,
  standsForUndo: () => false,
  restores: () => undefined,
  saves: () => [],
  section: () => undefined,
  evidence: () => undefined,
  request: () => undefined,
  duty: () => undefined,
  channel: () => undefined,
  deployer: () => undefined,
  directory: () => undefined,
  pauseMs: () => undefined,
  brings: [],
  calls: () => [],
  mentions: () => [],
  procedure: (action) => action,
  check: () => [],
  refuses: () => [],
  print: () => [],
  printLast: () => [],
  isStatedBy: (_phrase, { origin }) => origin !== 'document',
};

/** A kind with what is usual in place of all that it does not say. */
export function stepKind<Act extends AnyAction, Name extends string = never, Parts extends object = object>(
  own: Pick<StepKind<Act, Name, Parts>, Required> & Partial<StepKind<Act, Name, Parts>>,
): StepKind<Act, Name, Parts> {
  const phrases = {} as StepKind<Act, Name, Parts>['phrases'];
  return { ...defaults, label: undefined, parts: undefined, phrases, ...own };
}

export function inProcedure(place: Place): boolean {
  return place === 'procedure';
}

export function inRollback(place: Place): boolean {
  return place === 'rollback';
}
