import type { SmokeTestNode } from './nodes.ts';
import type { Reading } from './reading.ts';
import type { Reference } from '../values/variables.ts';

/** Flows in their order, and what later ones take from earlier ones: `${smoke.1.token}`, `${smoke.1.$.path}`. */
export class Captures {
  readonly flows: SmokeTestNode[] = [];
  readonly #broken = new Set<number>();

  constructor(private readonly reading: Reading) {}

  /** A flow that cannot be read; what refers to it is not judged. */
  addBroken(number: number): void {
    this.#broken.add(number);
  }

  add(number: number, read: () => SmokeTestNode | undefined): void {
    const before = this.reading.references.length;
    const flow = read();
    const references = this.reading.references.splice(before);
    for (const reference of references) {
      const found = /^smoke\.(\d{1,4})\.(.+)$/.exec(reference.name);
      if (!found) this.reading.references.push(reference);
      else this.#take(found[2]!, Number(found[1]), reference, number);
    }
    if (flow) this.flows.push(flow);
    else this.addBroken(number);
  }

  #take(name: string, from: number, reference: Reference, number: number): void {
    if (this.#broken.has(from)) return;
    const index = this.flows.findIndex((flow) => flow.number === from);
    const source = this.flows[index];
    if (!source) {
      this.#report(
        reference,
        `refers to flow ${from}, which does not stand before flow ${number}; write an earlier one`,
      );
    } else if (name.startsWith('$')) {
      this.flows[index] = { ...source, captures: { ...source.captures, [name]: name } };
    } else if (!Object.hasOwn(source.captures, name) && !(name === 'token' && returnsToken(source))) {
      this.#report(reference, `takes “${name}”, which flow ${from} does not capture; write \${smoke.${from}.$.path}`);
    }
  }

  #report({ name, at }: Reference, what: string): void {
    this.reading.report.error(at, 'unknown-variable', `\${${name}} ${what}`);
  }
}

function returnsToken({ expect }: SmokeTestNode): boolean {
  return expect.some((clause) => clause.kind === 'returns' && clause.what === 'jwt');
}
