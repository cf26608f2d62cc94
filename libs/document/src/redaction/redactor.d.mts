/** What stands in a text in the place of a secret. */
export const MASK: string;
/** Parts of a secret with fewer bytes are not masked, and a secret with fewer cannot be. */
export const shortestPart: number;

export interface RedactedBytes {
  /** Whether anything was masked so far. */
  readonly hasMasked: boolean;
  /** What of the bytes so far is safe to show; an end that may be the beginning of a secret is held back. */
  write(chunk: Uint8Array): Uint8Array;
  /** The rest. */
  end(): Uint8Array;
}

export interface TextRedactor {
  text(text: string): string;
  /** For output in chunks, cut anywhere, also inside a secret or a character. */
  bytes(): RedactedBytes;
}

/**
 * Masks the values and their parts in every form in which they usually reach a text: as they are; escaped for JSON, HTML, shells
 * and URLs, also several times; in base64 and hex; across line breaks. `open` are public values: what they show is no secret.
 */
export function redactor(values: Iterable<string>, open?: Iterable<string>): TextRedactor;
/** Every text that is masked: the values of four bytes or more, and their parts of eight or more. */
export function maskedTexts(values: readonly string[], open?: readonly string[]): string[];
/** What of a value, or the value itself, is not masked because a public value shows it. */
export function openParts(value: string, open: readonly string[]): string[];
/** Says of each chunk of a stream whether it holds one of these values, plain or escaped. */
export function shortValueWatch(values: readonly string[]): (chunk: Uint8Array) => boolean;
