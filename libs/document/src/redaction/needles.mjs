const keyLength = 4;
const filterOf = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const keyOf = (bytes, at) => (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];

function isAt(needle, bytes, at, length) {
  for (let index = keyLength; index < length; index += 1) if (bytes[at + index] !== needle[index]) return false;
  return true;
}

/** Many byte strings, looked for at once; time grows with the text, hardly with their number. Each has four bytes or more. */
export class Needles {
  longest = 0;
  #filter = new Uint8Array(1 << 16);
  #byKey = new Map();
  #beginnings = new Set();

  constructor(needles) {
    const sorted = [...needles].filter(({ length }) => length >= keyLength).sort((a, b) => b.length - a.length);
    this.longest = sorted[0]?.length ?? 0;
    for (const needle of sorted) {
      this.#filter[filterOf(needle, 0)] = 1;
      const key = keyOf(needle, 0);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), needle]);
      for (let length = 1; length < keyLength; length += 1) this.#beginnings.add(beginning(needle, 0, length));
    }
  }

  /** Calls `found(start, end)` for the longest needle at each place where there is one. */
  each(bytes, length, found) {
    const filter = this.#filter;
    const last = length - keyLength;
    for (let at = 0; at <= last; at += 1) {
      if (filter[(bytes[at] << 8) | bytes[at + 1]] === 0) continue;
      const needle = this.#byKey
        .get(keyOf(bytes, at))
        ?.find((each) => each.length <= length - at && isAt(each, bytes, at, each.length));
      if (needle !== undefined) found(at, at + needle.length);
    }
  }

  /** The first place from which the rest is the beginning of a needle that is longer; `length` where there is none. */
  openFrom(bytes, length) {
    for (let at = Math.max(0, length - this.longest + 1); at < length; at += 1) {
      const rest = length - at;
      if (rest < keyLength) {
        if (this.#beginnings.has(beginning(bytes, at, rest))) return at;
      } else if (this.#byKey.get(keyOf(bytes, at))?.some((each) => each.length > rest && isAt(each, bytes, at, rest)))
        return at;
    }
    return length;
  }
}

function beginning(bytes, at, length) {
  let key = length;
  for (let index = 0; index < length; index += 1) key = (key << 8) | bytes[at + index];
  return key;
}
