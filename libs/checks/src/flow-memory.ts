import { jsonTextOf, NotUtf8, type Clause, type Lookup, type SmokeTest, type WrittenJson } from '@backstay/document';
import { select, textOfBody, writtenJson } from './json-path.ts';
import type { HttpResponse } from './ports.ts';
import { findJwt, isJwt } from './jwt.ts';

/** What flows leave for later ones, in memory only. Every value that was given out is known, to be masked in texts. */
export class FlowMemory {
  readonly #captures = new Map<string, string>();
  readonly #bodies = new Map<number, WrittenJson | undefined>();
  readonly #given = new Set<string>();

  constructor(private readonly variables: Lookup) {}

  /** `NAME`, `smoke.N.NAME` or `smoke.N.$.path`. */
  readonly lookup: Lookup = (name) => {
    const value = this.#captures.get(name) ?? this.#atPath(name) ?? this.variables(name);
    if (value !== undefined) this.#given.add(value);
    return value;
  };

  /** Keeps the captures of a flow, and its JWT as `smoke.N.token`; returns what could not be captured, as text. */
  keep(test: SmokeTest, response: Pick<HttpResponse, 'body' | 'content'>): string[] {
    const { body, why } = readable(response);
    const json = writtenJson(body);
    this.#bodies.set(test.number, json);
    const token = tokenOf(test.expect, body, json);
    if (token !== undefined) this.#remember([`smoke.${test.number}.token`], token);
    return Object.entries(test.captures).flatMap(([name, path]) => {
      const node = json === undefined ? undefined : select(json, path)[0];
      if (node === undefined) return [`nothing to capture as ${name} at \`${path}\`${why}`];
      this.#remember([name, `smoke.${test.number}.${name}`], textOf(node));
      return [];
    });
  }

  /** Every value that a flow was given or that one captured. */
  values(): string[] {
    return [...this.#given, ...this.#captures.values()];
  }

  /** Whether anything was given out that is not public. */
  hasGiven(open: readonly string[]): boolean {
    return [...this.#given].some((value) => !open.includes(value));
  }

  #remember(names: string[], value: string): void {
    for (const name of names) this.#captures.set(name, value);
  }

  #atPath(name: string): string | undefined {
    const [, number, path] = /^smoke\.(\d+)\.(\$.*)$/.exec(name) ?? [];
    const json = this.#bodies.get(Number(number));
    const node = path === undefined || json === undefined ? undefined : select(json, path)[0];
    return node === undefined ? undefined : textOf(node);
  }
}

/** A body that is not UTF-8 is nothing to capture from. */
function readable(response: Pick<HttpResponse, 'body' | 'content'>): { readonly body: string; readonly why: string } {
  try {
    return { body: textOfBody(response), why: '' };
  } catch (error) {
    if (!(error instanceof NotUtf8)) throw error;
    return { body: '', why: `: the body is ${error.message}` };
  }
}

function tokenOf(clauses: Clause[], body: string, json: WrittenJson | undefined): string | undefined {
  const clause = clauses.find((each) => each.kind === 'returns' && each.what === 'jwt');
  if (clause?.kind !== 'returns') return undefined;
  if (clause.path === undefined) return findJwt(body);
  return json === undefined ? undefined : select(json, clause.path).find(isJwt);
}

const textOf = (node: unknown) => (typeof node === 'string' ? node : jsonTextOf(node));
