// The normal form of a text: the same for a value and for everything that escaping, quoting, wrapping or nesting makes of it.
// Escapes of JSON, shells, URLs and HTML are decoded, however often they were applied; white space, quotes and `+` (a space
// in a form, a letter in base64) are left out.
const code = (character) => character.charCodeAt(0);
const backslash = code('\\');
const percent = code('%');
const ampersand = code('&');
const semicolon = code(';');
const lineFeed = code('\n');
const carriageReturn = code('\r');
const plus = code('+');
const isDropped = new Uint8Array(256);
for (let byte = 0; byte <= 0x20; byte += 1) isDropped[byte] = 1;
for (const character of '"\'+') isDropped[code(character)] = 1;
/** After a backslash these begin an escape of several characters, or one that says what the backslash escapes. */
const beginsEscape = new Uint8Array(256);
for (const character of 'ux01234567%&') beginsEscape[code(character)] = 1;
/** After a backslash these mean a control character, which is left out. */
const isControl = new Uint8Array(256);
for (const character of 'nrtbfv') isControl[code(character)] = 1;
const digit = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value += 1)
  for (const shown of [value.toString(16), value.toString(16).toUpperCase()]) digit[code(shown)] = value;
/** A digit in hex, or what begins the escape of one or breaks its line. */
const mayBeDigit = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) if (digit[byte] >= 0) mayBeDigit[byte] = 1;
for (const character of '%&\r\n') mayBeDigit[code(character)] = 1;
const letterU = code('u');
const letterX = code('x');
const isHex = (bytes, at) => digit[bytes[at]] >= 0;
const isOctal = (bytes, at) => digit[bytes[at]] >= 0 && digit[bytes[at]] < 8;

function numberAt(bytes, from, end, bits) {
  let number = 0;
  for (let at = from; at < end; at += 1) number = (number << bits) | digit[bytes[at]];
  return number;
}

const entities = new Map(
  Object.entries({ quot: '"', apos: "'", amp: '&', lt: '<', gt: '>', nbsp: ' ' }).map(([name, text]) => [
    name,
    code(text),
  ]),
);
const longestEntity = 10;

/** What stands behind `\\`, `%` and `&` in an escape. */
const isWithinEscape = new Uint8Array(256);
for (const character of '#0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
  isWithinEscape[code(character)] = 1;
/** 1: means itself, unless a backslash stands before it; 2: also unless it ends an escape. */
const plainness = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1)
  if (isDropped[byte] === 0 && byte !== backslash) plainness[byte] = digit[byte] < 0 && byte !== semicolon ? 1 : 2;
for (const byte of [percent, ampersand]) plainness[byte] = 0;

/** Bytes in normal form; byte `i` was made of the bytes `from[i]` to `to[i]` of the text, before it `plus[i]` of `+` were left out. */
class NormalForm {
  length = 0;
  text = new Uint8Array(0);
  /** How many bytes of `+` were left out. */
  pluses = 0;
  plus = undefined;
  /** Where an escape may have begun last, or behind that. */
  begun = -longestEntity - 1;
  /** Where in the text an escape begins of which the rest may follow. */
  open = undefined;
  /** No more text follows. */
  isLast = true;
  /** `\x` begins bytes in hex, as PostgreSQL writes them, where it may be that rather than an escape. */
  isByteText = false;
  /** Whether a text of bytes has another normal form. */
  hasByteText = false;

  constructor(capacity) {
    this.bytes = new Uint8Array(capacity);
    this.from = new Int32Array(capacity);
    this.to = new Int32Array(capacity);
    this.isDecoded = new Uint8Array(capacity);
  }

  /** For another text of at most `capacity` bytes: memory of such size is costly to come by. */
  begin(text, isLast, isByteText) {
    this.isLast = isLast;
    this.isByteText = isByteText;
    this.hasByteText = false;
    this.isDecoded.fill(0, 0, this.text.length);
    this.text = text;
    this.length = 0;
    this.pluses = 0;
    this.plus = undefined;
    this.begun = -longestEntity - 1;
    this.open = undefined;
  }

  /** Takes one more byte of the text, or what an escape from `start` to `end` stands for. */
  put(byte, start, end, isDecoded = false) {
    const { bytes } = this;
    if (this.length > 0 && bytes[this.length - 1] === backslash) {
      const isWritten = this.isDecoded[this.length - 1] === 0;
      if (byte === lineFeed || byte === carriageReturn) return; // A line is wrapped; the escape goes on.
      // One that is written begins the next escape of a text in which each character is one: `\x5c\x62`.
      if (byte === backslash && (isDecoded || isWritten)) return this.#sameBackslash(end, isDecoded);
      if (byte !== backslash && (beginsEscape[byte] === 0 || (isDecoded && isWritten)))
        return this.#escaped(byte, end, isDecoded);
    }
    if (byte === plus) return this.#leaveOutPlus();
    if (isDropped[byte] === 1) return;
    if (plainness[byte] === 0) this.begun = this.length;
    bytes[this.length] = byte;
    this.from[this.length] = start;
    this.to[this.length] = end;
    this.isDecoded[this.length] = isDecoded ? 1 : 0;
    this.length += 1;
    if (digit[byte] >= 0) this.#numbered(end);
    else if (byte === semicolon) this.#entity(end);
  }

  #leaveOutPlus() {
    this.plus ??= new Uint16Array(this.text.length + 1);
    if (this.plus[this.length] < 0xffff) this.plus[this.length] += 1;
  }

  #sameBackslash(end, isDecoded) {
    this.to[this.length - 1] = end;
    if (isDecoded) this.isDecoded[this.length - 1] = 1;
  }

  /** A backslash that is written does not make a control character of a letter that an escape stands for. */
  #escaped(byte, end, isDecoded) {
    this.#takeBack(1);
    const makesControl = isControl[byte] === 1 && (!isDecoded || this.isDecoded[this.length] === 1);
    if (!makesControl) this.put(byte, this.from[this.length], end, isDecoded);
  }

  /** Replaces the last `count` bytes by the character that they stand for. */
  #replace(count, character, end) {
    this.#takeBack(count);
    const start = this.from[this.length];
    for (const byte of utf8Of(character)) this.put(byte, start, end, true);
    this.#joinSurrogates();
  }

  /** `%41`, `\x41`, `\101`, `\u0041` */
  #numbered(end) {
    const { bytes, length } = this;
    if (bytes[length - 3] === percent && length >= 3) {
      if (isHex(bytes, length - 2)) this.#replaceByte(3, numberAt(bytes, length - 2, length, 4), end);
    } else if (bytes[length - 4] === backslash && length >= 4) {
      if (bytes[length - 3] === letterX && isHex(bytes, length - 2)) this.#hexEscape(end);
      else if (isOctal(bytes, length - 3) && isOctal(bytes, length - 2) && isOctal(bytes, length - 1))
        this.#replaceByte(4, numberAt(bytes, length - 3, length, 3) & 0xff, end);
    } else if (bytes[length - 6] === backslash && bytes[length - 5] === letterU && length >= 6) {
      if (isHex(bytes, length - 4) && isHex(bytes, length - 3) && isHex(bytes, length - 2))
        this.#replace(6, numberAt(bytes, length - 4, length, 4), end);
    }
  }

  /** `\x41`, which may also begin `\x4142…`, unless it is written and no more digits follow it. */
  #hexEscape(end) {
    const { bytes, length, text } = this;
    const goesOn = end < text.length ? mayBeDigit[text[end]] === 1 : !this.isLast;
    const mayBeginBytes = goesOn || this.isDecoded[length - 4] === 1;
    if (mayBeginBytes && this.isByteText) return;
    if (mayBeginBytes) this.hasByteText = true;
    this.#replaceByte(4, numberAt(bytes, length - 2, length, 4), end);
  }

  #takeBack(count) {
    this.length -= count;
    this.plus?.fill(0, this.length + 1, this.length + count + 1);
  }

  #replaceByte(count, byte, end) {
    this.#takeBack(count);
    this.put(byte, this.from[this.length], end, true);
  }

  /** `&quot;`, `&#34;`, `&#x22;` */
  #entity(end) {
    const { bytes, length } = this;
    const first = Math.max(0, length - longestEntity);
    let begin = length - 2;
    while (begin >= first && bytes[begin] !== ampersand) begin -= 1;
    if (begin < first) return;
    const name = String.fromCharCode(...bytes.subarray(begin + 1, length - 1));
    const character = entities.get(name) ?? numberOf(name);
    if (character !== undefined) this.#replace(length - begin, character, end);
  }

  /** Two escapes of UTF-16 are one character. */
  #joinSurrogates() {
    const { bytes, length } = this;
    if (length < 6 || bytes[length - 3] !== 0xed || bytes[length - 6] !== 0xed) return;
    const high = ((bytes[length - 5] & 0x3f) << 6) | (bytes[length - 4] & 0x3f) | 0xd000;
    const low = ((bytes[length - 2] & 0x3f) << 6) | (bytes[length - 1] & 0x3f) | 0xd000;
    if (high < 0xd800 || high > 0xdbff || low < 0xdc00) return;
    this.#replace(6, ((high - 0xd800) << 10) + (low - 0xdc00) + 0x10000, this.to[length - 1]);
  }

  /** Leaves out what may still become part of an escape, and the backslashes that escape nothing. */
  finish(isLast) {
    const settled = isLast ? this.length : this.#settled();
    this.open = settled < this.length ? this.from[settled] : undefined;
    if (this.plus !== undefined) this.#settlePluses(settled);
    let kept = 0;
    for (let index = 0; index < settled; index += 1) {
      if (this.bytes[index] === backslash) continue;
      this.bytes[kept] = this.bytes[index];
      this.from[kept] = this.from[index];
      this.to[kept] = this.to[index];
      kept += 1;
    }
    this.length = kept;
    return this;
  }

  #settlePluses(settled) {
    let kept = 0;
    let before = 0;
    for (let index = 0; index < settled; index += 1) {
      before += this.plus[index];
      if (this.bytes[index] === backslash) continue;
      this.plus[kept] = before;
      this.pluses += before;
      before = 0;
      kept += 1;
    }
    this.plus[kept] = before + this.plus[settled];
    this.pluses += this.plus[kept];
  }

  #settled() {
    let settled = this.length;
    for (let begin = this.#begun(settled); begin >= 0; begin = this.#begun(settled)) settled = begin;
    return settled;
  }

  /** Where an escape begins that may go on at `end`; -1: nowhere. */
  #begun(end) {
    if (end >= 3 && this.bytes[end - 3] === 0xed) return end - 3; // The first half of a pair of surrogates.
    for (let back = 1; back < longestEntity && back <= end; back += 1) {
      const byte = this.bytes[end - back];
      if (byte === ampersand || (byte === backslash && back <= 5) || (byte === percent && back <= 2)) return end - back;
      if (isWithinEscape[byte] === 0) return -1;
    }
    return -1;
  }
}

function numberOf(name) {
  const [, hex, decimal] = /^#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  const number = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return number <= 0x10ffff ? number : undefined;
}

function utf8Of(character) {
  if (character < 0x80) return [character];
  const last = 0x80 | (character & 0x3f);
  if (character < 0x800) return [0xc0 | (character >> 6), last];
  const middle = 0x80 | ((character >> 6) & 0x3f);
  if (character < 0x10000) return [0xe0 | (character >> 12), middle, last];
  return [0xf0 | (character >> 18), 0x80 | ((character >> 12) & 0x3f), middle, last];
}

/** `isLast`: no more text follows; `used`: a form that nobody reads any more; `isByteText`: `\x` begins bytes in hex. */
export function normalForm(text, isLast = true, used, isByteText = false) {
  const form = used !== undefined && used.bytes.length >= text.length ? used : new NormalForm(text.length);
  form.begin(text, isLast, isByteText);
  const { bytes, from, to } = form;
  for (let index = 0; index < text.length; index += 1) {
    const byte = text[index];
    const { length } = form;
    const plain = plainness[byte];
    if (
      (plain === 1 && (length === 0 || bytes[length - 1] !== backslash)) ||
      (plain === 2 && length - form.begun > longestEntity)
    ) {
      bytes[length] = byte;
      from[length] = index;
      to[length] = index + 1;
      form.length = length + 1;
    } else form.put(byte, index, index + 1);
  }
  return form.finish(isLast);
}

export function normalBytes(text, isLast = true) {
  const { bytes, length } = normalForm(text, isLast);
  return bytes.slice(0, length);
}
