/** A place in a text; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where a text begins: the place of what stands nowhere. */
export const start: Place = { line: 1, column: 1 };

/** A piece of one source line, with its place. */
export class Span implements Place {
  constructor(
    readonly text: string,
    readonly line: number,
    readonly column: number,
  ) {}

  slice(start: number, end: number = this.text.length): Span {
    return new Span(this.text.slice(start, end), this.line, this.column + start);
  }

  trim(): Span {
    const start = this.text.length - this.text.trimStart().length;
    return this.slice(start, start + this.text.trim().length);
  }

  get isEmpty(): boolean {
    return this.text === '';
  }
}

/** A text that stands nowhere. */
export function loose(text: string): Span {
  return new Span(text, 1, 1);
}
