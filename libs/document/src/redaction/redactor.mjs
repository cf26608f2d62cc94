// Masks secrets in text. The one redactor: of the supervisor's output, of events, replies and notices.
import { anyPhase } from './encodings.mjs';
import { latin1 } from './forms.mjs';
import { normalForm } from './normal-form.mjs';
import { partsOf, shortestPart, sizeOf } from './parts.mjs';
import { Search } from './search.mjs';

export { shortestPart };
export const MASK = '***';
const maskBytes = new TextEncoder().encode(MASK);
/** Values below this are left alone: masking every `1` would make a text useless and still reveal the value. */
const shortestValue = 4;
const chunkBytes = 256 * 1024;
/** What may be held back beyond the longest needle: runs of white space and of backslashes. */
const slack = 64 * 1024;

/** Every text that has to be masked: the values and their parts, without those that are public anyway. */
export function maskedTexts(values, open = []) {
  const isOpen = new Set(open);
  const isShownBy = (part) => open.some((text) => text.includes(part));
  const masked = values.filter((value) => sizeOf(value) >= shortestValue && !isOpen.has(value));
  const parts = values.flatMap(partsOf).filter((part) => !isShownBy(part));
  return [...new Set([...masked, ...parts])];
}

/** The parts of the values that are not masked, since the plan shows them as well. */
export function openParts(value, open) {
  return [value, ...partsOf(value)].filter((part) =>
    part === value ? open.includes(part) : open.some((text) => text.includes(part)),
  );
}

export function redactor(values, open = []) {
  const texts = maskedTexts([...values], [...open]);
  const search = new Search(texts);
  const bytes = () => new RedactedBytes(search);
  return { bytes, text: texts.length === 0 ? String : (text) => redactedText(String(text), bytes()) };
}

function redactedText(text, stream) {
  const all = new TextEncoder().encode(text);
  const shown = [];
  for (let at = 0; at < all.length; at += chunkBytes) shown.push(stream.write(all.subarray(at, at + chunkBytes)));
  shown.push(stream.end());
  return stream.hasMasked ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined(shown)) : text;
}

function joined(pieces) {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

class RedactedBytes {
  hasMasked = false;
  #search;
  #begun = anyPhase;
  #held = new Uint8Array(0);
  /** So many of the bytes held back are masked already. */
  #covered = 0;

  constructor(search) {
    this.#search = search;
  }

  /** What of the output so far is safe to show; an end that may be the beginning of a secret is held back. */
  write(chunk) {
    return this.#pass(joined([this.#held, chunk]), false);
  }

  end() {
    return this.#pass(this.#held, true);
  }

  #pass(bytes, isLast) {
    const { ranges, open, groupsAt } = this.#search.in(bytes, isLast, this.#begun);
    if (this.#covered > 0) ranges.push([0, this.#covered]);
    const shown = isLast ? bytes.length : Math.max(open, bytes.length - slack - 4 * this.#search.longest);
    this.#begun = groupsAt(shown);
    return this.#release(bytes, merged(ranges), shown);
  }

  #release(bytes, ranges, open) {
    const pieces = [];
    let at = 0;
    let covered = open === 0 ? this.#covered : 0;
    for (const [start, end] of ranges) {
      if (start >= open) break;
      pieces.push(bytes.subarray(at, start));
      if (start > 0 || this.#covered === 0) pieces.push(maskBytes);
      this.hasMasked = true;
      at = Math.min(end, open);
      covered = Math.max(0, end - open);
    }
    pieces.push(bytes.subarray(at, open));
    this.#held = bytes.slice(open);
    this.#covered = covered;
    return joined(pieces);
  }
}

/** Ranges in order; those that overlap are one. */
function merged(ranges) {
  const result = [];
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = result.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

/** Says whether output holds one of the values that are too short to be masked, in any way of escaping. */
export function shortValueWatch(values) {
  const sought = [...new Set(values)].filter((value) => value !== '').map(latin1Of);
  let held = new Uint8Array(0);
  return (chunk) => {
    if (sought.length === 0) return false;
    const bytes = joined([held, chunk]);
    held = bytes.slice(Math.max(0, bytes.length - 128));
    const form = normalForm(bytes);
    const texts = [latin1(bytes), latin1(form.bytes.subarray(0, form.length))];
    return sought.some((value) => texts.some((text) => text.includes(value)));
  };
}

const latin1Of = (value) => latin1(new TextEncoder().encode(value));
