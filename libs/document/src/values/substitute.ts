import { BudgetExceeded, budgets } from './budgets.ts';

/** `plain` as it is, `json` escaped for the inside of a JSON string, `url` percent-encoded as one component. */
export type SubstitutionMode = 'plain' | 'json' | 'url';

/** `NAME`, `smoke.1.token` or `smoke.1.$.path` -> its value. */
export type Lookup = (name: string) => string | undefined;

/** Names in `${…}` that nothing provides; all of them, none of their neighbours' values. */
export class UnknownNames extends Error {
  override readonly name = 'UnknownNames';

  constructor(readonly names: string[]) {
    super(`nothing provides ${names.map((name) => `\${${name}}`).join(', ')}`);
  }
}

/** A text, or a variable, is longer than its budget with the values in place. */
export class TooMuchText extends BudgetExceeded {
  override readonly name = 'TooMuchText';
}

/** Whether a text has no value, for a reason that may be shown. */
export function hasNoValue(error: unknown): error is UnknownNames | TooMuchText {
  return error instanceof UnknownNames || error instanceof TooMuchText;
}

const REFERENCE = /\$\{([^{}]*)\}/g;

const encoders: Record<SubstitutionMode, (value: string) => string> = {
  plain: (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  url: (value) => encodeURIComponent(value),
};

/** Puts values in the place of `${NAME}`; values are not looked into again. Throws `UnknownNames` and `TooMuchText`. */
export function substitute(text: string, lookup: Lookup, mode: SubstitutionMode = 'plain'): string {
  const unknown = namesIn(text).filter((name) => lookup(name) === undefined);
  if (unknown.length > 0) throw new UnknownNames(unknown);
  return substituteKnown(text, lookup, mode);
}

/** The same, where a name without a value stays as it is written. Throws `TooMuchText`. */
export function substituteKnown(text: string, lookup: Lookup, mode: SubstitutionMode = 'plain'): string {
  const values = new Map(
    namesIn(text).flatMap((name) => {
      const value = lookup(name);
      return value === undefined ? [] : [[name, encoders[mode](value)] as const];
    }),
  );
  const size = referencesIn(text).reduce((sum, name) => sum + (values.get(name)?.length ?? 0), text.length);
  if (size > budgets.expansion.text)
    throw new TooMuchText(`a text is longer than ${budgets.expansion.text / 1024 ** 2} MiB with its values in place`);
  return text.replace(REFERENCE, (written, name: string) => values.get(name) ?? written);
}

/** The names that a text refers to, each once, in order. */
export function namesIn(text: string): string[] {
  return [...new Set(referencesIn(text))];
}

/** The names that a text refers to, as often as it does. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1]!);
}
