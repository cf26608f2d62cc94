import type { Outline } from '../markdown/outline.ts';
import type { Place, Span } from '../markdown/span.ts';
import type { EffectClass, Origin } from '../plan/values.ts';
import type { Entry } from '../planning/entries.ts';
import type { Report } from '../problems/report.ts';
import type { AnyAction, AnyUndo, PhraseMeaning, SeenDocument, Sources, StepNodeOf } from './seen.ts';

/** A line that means an action without a label, as the template writes it. */
export interface Phrase<Act extends AnyAction = AnyAction, Parts extends object = object> {
  readonly text: string;
  /** Of the normalised title in lower case; the first group is the phrase's argument. */
  readonly pattern: RegExp;
  readonly in: readonly ('procedure' | 'rollback')[];
  /** Whether the argument names the environment that is deployed to. */
  readonly namesEnvironment?: boolean;
  /** A step of this title changes a database, whatever it does, unless it says otherwise. */
  readonly changesDatabase?: boolean;
  mean(step: PhraseStep<Parts>, sources: Sources): Meant<Act>;
  /** Compares the phrase with the rest of its document. */
  check?(context: PhraseContext): void;
}

export type PhraseStep<Parts extends object = object> = StepNodeOf<PhraseMeaning<string, Parts>>;

/** `at`: where the argument stands, else the title. `isComplete`: every step of the procedure could be read. */
export interface PhraseContext {
  readonly argument: string | undefined;
  readonly at: Place;
  readonly title: Place;
  readonly document: SeenDocument;
  readonly outline: Outline;
  readonly report: Report;
  isComplete(): boolean;
}

/** What a step does, once bindings and profile have said their part. */
export interface Meant<Act extends AnyAction = AnyAction, Undo extends AnyUndo = AnyUndo> {
  readonly action: Act | NotApplicable;
  readonly origin: Origin;
  readonly undo?: Undo;
  readonly effect?: EffectClass;
  readonly mutates?: boolean;
}

export interface NotApplicable {
  readonly kind: 'not-applicable';
  readonly why: string;
}

export function doesNotApply(why: string): Meant<never> {
  return { action: { kind: 'not-applicable', why }, origin: 'default' };
}

/** A binding is missing: `(if applicable)` says that the step then does not apply; otherwise the plan waits for it. */
export function lacking(step: PhraseStep, sources: Sources, entry: Entry): Meant<never> {
  if (!step.meaning.optional) sources.binding(step.source.line, entry);
  return doesNotApply(`.backstay.yaml has no \`${entry.key}\``);
}

export interface FoundPhrase<Name extends string = string> {
  readonly name: Name;
  readonly argument?: string;
  /** `(if applicable)` */
  readonly optional: boolean;
}

/** Matches a title without regard to case, articles, emphasis and final punctuation. */
export function findPhrase<Name extends string>(
  title: Span,
  phrases: readonly { readonly name: Name; readonly pattern: RegExp }[],
): FoundPhrase<Name> | undefined {
  const { text, optional } = normalisedTitle(title.text);
  for (const { name, pattern } of phrases) {
    const found = pattern.exec(text.toLowerCase());
    if (!found) continue;
    const argument = found[1] === undefined ? undefined : originalCase(text, found[1]);
    return { name, ...(argument === undefined ? {} : { argument }), optional };
  }
  return undefined;
}

function originalCase(text: string, lower: string): string {
  const start = text.toLowerCase().lastIndexOf(lower);
  return text.slice(start, start + lower.length);
}

/** Whether a title is this phrase. */
export function isPhrase(title: string, { pattern }: Pick<Phrase, 'pattern'>): boolean {
  return pattern.test(normalisedTitle(title).text.toLowerCase());
}

/** The words that count of a title. */
export function normalisedTitle(title: string): { text: string; optional: boolean } {
  const plain = title
    .replace(/\*\*|__|`/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!:;]+$/, '');
  const applicable = /\s*\(if applicable\)$/i.exec(plain);
  const words = (applicable ? plain.slice(0, applicable.index) : plain).split(' ');
  const text = words
    .filter((word) => !/^(?:a|an|the)$/i.test(word))
    .join(' ')
    .replace(/[.!:;]+$/, '');
  return { text, optional: applicable !== null };
}
