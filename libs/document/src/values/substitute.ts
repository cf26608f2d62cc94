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

const REFERENCE = /\$\{([^{}]*)\}/g;

const encoders: Record<SubstitutionMode, (value: string) => string> = {
  plain: (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  url: (value) => encodeURIComponent(value),
};

/** Puts values in the place of `${NAME}`; values are not looked into again. Throws `UnknownNames`. */
export function substitute(text: string, lookup: Lookup, mode: SubstitutionMode = 'plain'): string {
  const unknown = namesIn(text).filter((name) => lookup(name) === undefined);
  if (unknown.length > 0) throw new UnknownNames(unknown);
  return text.replace(REFERENCE, (_, name: string) => encoders[mode](lookup(name)!));
}

/** The names that a text refers to, each once, in order. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map((match) => match[1]!))];
}
