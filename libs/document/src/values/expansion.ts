import type { EnvironmentVariable } from '../plan/configuration.ts';
import { budgets } from './budgets.ts';
import { referencesIn, TooMuchText, UnknownNames } from './substitute.ts';

/** A variable as it is declared: the text behind its `=`. */
export interface Template {
  readonly name: string;
  readonly value: string;
}

export function templatesOf(variables: readonly EnvironmentVariable[]): Template[] {
  return variables.flatMap(({ name, from, value = '' }) => (from === 'value' ? [{ name, value }] : []));
}

/** Why a variable has no value, as the end of a sentence about it. */
const reasons = {
  itself: 'refers to itself; write the value itself',
  depth: `refers to variables that refer to others, more than ${budgets.expansion.depth} deep; write shorter ways`,
  one: `stands for more than ${budgets.expansion.value / 1024} KiB with all that it refers to; write a shorter value`,
  all: `brings all variables together to more than ${budgets.expansion.all / 1024 ** 2} MiB; write shorter values`,
} as const;

export interface Unexpandable {
  readonly name: string;
  readonly why: keyof typeof reasons;
  readonly message: string;
}

interface Measure {
  readonly size: number;
  readonly depth: number;
}

const nothing: Measure = { size: 0, depth: 0 };

/**
 * How long texts are once their variables are in place. Each variable is measured once and none is put together, so that the work grows
 * with what is written and not with what it stands for. Sizes are in UTF-16 units.
 */
export class Expansion {
  readonly #templates: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Measure | 'open'>();
  readonly #problems = new Map<string, Unexpandable>();

  /** `sizeOfOther` says it of a name that is no template: a secret, what the environment provides, a built-in variable. */
  constructor(
    templates: readonly Template[],
    private readonly sizeOfOther: (name: string) => number,
  ) {
    this.#templates = new Map(templates.map(({ name, value }) => [name, value]));
    let all = 0;
    for (const { name } of templates) {
      const before = all;
      all += this.#measureOf(name, 0).size;
      if (before <= budgets.expansion.all && all > budgets.expansion.all) this.#refuse(name, 'all');
    }
  }

  /** The variables that have no value; of a chain of them the first alone. */
  get problems(): readonly Unexpandable[] {
    return [...this.#problems.values()];
  }

  sizeOf(text: string): number {
    return this.#measureOfText(text, 0).size;
  }

  #measureOf(name: string, above: number): Measure {
    const template = this.#templates.get(name);
    if (template === undefined) return { size: this.sizeOfOther(name), depth: 0 };
    const known = this.#known.get(name);
    if (known === 'open') return this.#refuse(name, 'itself');
    if (known !== undefined) return known;
    if (above > budgets.expansion.depth) return this.#refuse(name, 'depth');
    this.#known.set(name, 'open');
    const found = this.#judged(name, this.#measureOfText(template, above + 1));
    this.#known.set(name, found);
    return found;
  }

  #judged(name: string, found: Measure): Measure {
    if (this.#problems.has(name)) return nothing;
    if (found.depth > budgets.expansion.depth) return this.#refuse(name, 'depth');
    return found.size > budgets.expansion.value ? this.#refuse(name, 'one') : found;
  }

  #measureOfText(text: string, above: number): Measure {
    let [size, depth] = [text.length, 0];
    for (const name of referencesIn(text)) {
      const inner = this.#measureOf(name, above);
      size += inner.size - '${}'.length - name.length;
      depth = Math.max(depth, inner.depth + 1);
    }
    return { size, depth };
  }

  #refuse(name: string, why: keyof typeof reasons): Measure {
    if (!this.#problems.has(name)) this.#problems.set(name, { name, why, message: reasons[why] });
    return nothing;
  }
}

/**
 * The values of all variables, each put together once; `others` are the values that are no templates.
 * Throws `UnknownNames` where a value refers to nothing or to itself, and `TooMuchText` beyond a budget.
 */
export function expanded(templates: readonly Template[], others: ReadonlyMap<string, string>): Record<string, string> {
  const { problems } = new Expansion(templates, (name) => others.get(name)?.length ?? 0);
  const [first] = problems;
  if (first?.why === 'itself') throw new UnknownNames([first.name]);
  if (first) throw new TooMuchText(`the variable ${first.name} ${first.message}`);
  const byName = new Map(templates.map(({ name, value }) => [name, value]));
  const done = new Map<string, string>();
  const valueOf = (name: string): string | undefined => {
    const template = byName.get(name);
    if (template === undefined) return others.get(name);
    if (!done.has(name)) done.set(name, put(template, valueOf));
    return done.get(name);
  };
  return Object.fromEntries(templates.map(({ name }) => [name, valueOf(name)!]));
}

function put(template: string, valueOf: (name: string) => string | undefined): string {
  const unknown = [...new Set(referencesIn(template))].filter((name) => valueOf(name) === undefined);
  if (unknown.length > 0) throw new UnknownNames(unknown);
  return template.replace(/\$\{([^{}]*)\}/g, (_, name: string) => valueOf(name)!);
}
