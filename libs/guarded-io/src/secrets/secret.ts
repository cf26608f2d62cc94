import { inspect } from 'node:util';

/** A value that shows only its name. Nothing but `reveal()` gives the value: not logs, not JSON, not a debugger's inspection. */
export class Secret {
  readonly #value: string;

  constructor(
    readonly name: string,
    value: string,
  ) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `<secret: ${this.name}>`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
