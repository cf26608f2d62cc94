// Bytes that are written in letters: base64, in both alphabets, and hex. Finds the runs of letters that stand for text.
const code = (character) => character.charCodeAt(0);

/** What each byte stands for as a letter; -1: it is none. */
function valuesOf(letters) {
  const values = new Int8Array(256).fill(-1);
  for (const [value, same] of letters.entries()) for (const letter of same) values[code(letter)] = value;
  return values;
}

const capitals = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const small = capitals.map((letter) => letter.toLowerCase());
const digits = Array.from('0123456789');
/** `period`: so many letters of `bits` bits are a group, which stands for `width` bytes. */
const base64 = { values: valuesOf([...capitals, ...small, ...digits, '+-', '/_']), bits: 6, period: 4, width: 3 };
const hex = { values: valuesOf([...digits, 'aA', 'bB', 'cC', 'dD', 'eE', 'fF']), bits: 4, period: 2, width: 1 };
const alphabets = [base64, hex];
const plus = code('+');
const blank = code(' ');

/** 1: a character of a text; 2 to 4: the first of so many bytes of one; -1: one that follows; 0: none. Zeros are those of UTF-16. */
const textual = new Int8Array(256);
for (const byte of [0, 9, 10, 13]) textual[byte] = 1;
textual.fill(1, 0x20, 0x7f).fill(-1, 0x80, 0xc0).fill(2, 0xc2, 0xe0).fill(3, 0xe0, 0xf0).fill(4, 0xf0, 0xf5);
/** Lines of fewer letters are not wrapped ones. */
const shortestLine = 16;
/** Shorter runs are text by chance. */
const shortestRun = 8;

/** Groups of letters may begin behind these: what is neither letter nor digit, and the `x` of `0x`. */
const isBoundary = new Uint8Array(256).fill(1);
for (const letter of [...digits, ...capitals, ...small]) isBoundary[code(letter)] = 0;
for (const letter of 'xX') isBoundary[code(letter)] = 1;

/** Where groups begin in a text of which nobody knows where it was cut: in each phase, which is an index modulo the period. */
export const anyPhase = alphabets.map(({ period }) => ({
  phases: (1 << period) - 1,
  begins: true,
  isJoined: true,
  inLine: 0,
}));

/** Where groups begin if they do so in any of several readings of a text, of each of the alphabets. */
export const eitherBegun = ([first, ...others]) =>
  others.reduce((begun, other) => begun.map((each, index) => joinedBegun(each, other[index])), first);

const joinedBegun = (one, other) => ({
  phases: one.phases | other.phases,
  begins: one.begins || other.begins,
  isJoined: one.isJoined || other.isJoined,
  inLine: Math.max(one.inLine, other.inLine),
});

/** The bytes of a normal form as letters of one alphabet, with each `+` that the normal form leaves out. */
class Letters {
  #form;
  #begun;
  /** Index of the byte in the form; of a `+` the complement of the index of the byte behind it. */
  #at;

  constructor(form, alphabet, begun) {
    this.#form = form;
    this.#begun = begun;
    this.alphabet = alphabet;
    this.bytes = form.bytes;
    this.length = form.length;
    if (alphabet === base64 && form.pluses > 0) this.#addPluses();
  }

  #addPluses() {
    const { bytes, length, plus: pluses } = this.#form;
    this.length = length + this.#form.pluses;
    this.bytes = new Uint8Array(this.length).fill(plus);
    this.#at = new Int32Array(this.length);
    let count = 0;
    for (let index = 0; index <= length; index += 1) {
      for (const end = count + pluses[index]; count < end; count += 1) this.#at[count] = ~index;
      if (index === length) break;
      this.bytes[count] = bytes[index];
      this.#at[count] = index;
      count += 1;
    }
  }

  isLetter(index) {
    return this.alphabet.values[this.bytes[index]] >= 0;
  }

  /** Whether groups may begin at this letter, or at what follows the last one. */
  begins(letter) {
    const { bytes, from, to, length } = this.#form;
    const index = this.#at === undefined ? letter : (this.#at[letter] ?? length);
    if (index < 0 || this.#begun.isEverywhere === true) return true;
    if (index === 0) return this.#begun.begins || (length > 0 && from[0] > 0);
    return isBoundary[bytes[index - 1]] === 1 || (index < length && from[index] > to[index - 1]);
  }

  /** Whether this letter does not go on with the one before: a blank stands between, or a short line ends there. */
  isApart(letter) {
    const { from, to, text } = this.#form;
    const index = this.#at === undefined ? letter : this.#at[letter];
    if (index < 0) return false;
    if (letter === 0) return this.length > 0 && from[0] > 0 && !this.joins(0, text[0]);
    if (index === 0 || from[index] === to[index - 1]) return false;
    const isBehindPlus = this.#at !== undefined && this.#at[letter - 1] < 0;
    return !isBehindPlus && !this.joins(letter, text[to[index - 1]]);
  }

  /** Whether the letters before go on behind what is left out, which begins with this byte: long lines are wrapped. */
  joins(letter, gap) {
    if (letter === 0 && this.#begun.isJoined) return true;
    return gap !== blank && (this.#begun.isEverywhere === true || this.inLine(letter) >= shortestLine);
  }

  /** How many letters stand before this one with nothing between, up to those of a line that is long. */
  inLine(letter) {
    const { from, to } = this.#form;
    let count = 0;
    for (let before = letter - 1; before >= 0 && this.isLetter(before); before -= 1) {
      count += 1;
      if (count === shortestLine) return count;
      const index = this.#at === undefined ? before : this.#at[before];
      if (index === 0 ? from[0] > 0 : index > 0 && from[index] > to[index - 1] && !(this.#at?.[before - 1] < 0))
        return count;
      if (before === 0) return count + this.#begun.inLine;
    }
    return letter === 0 ? this.#begun.inLine : count;
  }

  /** The first byte that is left out between the letter before this one and `position`, if there is one. */
  gapBehind(letter, position) {
    const { text } = this.#form;
    const end = letter === 0 ? 0 : this.to(letter - 1);
    return end < position ? text[end] : undefined;
  }

  /** Groups that began before this text. */
  hasBegun(phase) {
    return !this.isApart(0) && (this.#begun.phases & (1 << phase)) !== 0;
  }

  from(letter) {
    const { from, to } = this.#form;
    const index = this.#at === undefined ? letter : this.#at[letter];
    if (index >= 0) return from[index];
    return ~index > 0 ? to[~index - 1] : 0;
  }

  to(letter) {
    const { from, to, length, text } = this.#form;
    const index = this.#at === undefined ? letter : this.#at[letter];
    if (index >= 0) return to[index];
    return ~index < length ? from[~index] : text.length;
  }

  /** The byte that begins `bit` bits behind the beginning of the letter `first`. */
  byteAt(first, bit) {
    const { bits, values } = this.alphabet;
    const letter = first + Math.floor(bit / bits);
    const two = (values[this.bytes[letter]] << bits) | values[this.bytes[letter + 1]];
    return (two >> (2 * bits - 8 - (bit % bits))) & 0xff;
  }
}

/** Letters from `first` to `end`, of which groups begin with the first one. */
class Phase {
  constructor(letters, first, end) {
    this.letters = letters;
    this.first = first;
    this.length = Math.floor(((end - first) * letters.alphabet.bits) / 8);
    /** The first letter of a group that is not complete. */
    this.rest = end - ((end - first) % letters.alphabet.period);
    this.end = end;
  }

  byte(index) {
    return this.letters.byteAt(this.first, index * 8);
  }

  /** Calls `found(start, end)` for each run of text that is not short, and for any at the end. */
  eachRun(found) {
    const { width, period, bits, values } = this.letters.alphabet;
    const { bytes } = this.letters;
    const last = this.end - period;
    let begin = -1;
    let following = 0;
    let index = 0;
    for (let letter = this.first; letter <= last; letter += period) {
      let group = (values[bytes[letter]] << bits) | values[bytes[letter + 1]];
      if (period === 4) group = (group << 12) | (values[bytes[letter + 2]] << 6) | values[bytes[letter + 3]];
      for (let shift = 8 * width - 8; shift >= 0; shift -= 8) {
        const kind = textual[(group >> shift) & 0xff];
        if (kind === -1 && following > 0) following -= 1;
        else {
          if (begin >= 0 && (kind <= 0 || following > 0)) {
            if (index - begin >= shortestRun) found(begin, index);
            begin = -1;
          }
          if (kind > 0 && begin < 0) begin = index;
          following = kind > 1 ? kind - 1 : 0;
        }
        index += 1;
      }
    }
    for (; index < this.length && textual[this.byte(index)] !== 0; index += 1) if (begin < 0) begin = index;
    if (begin >= 0) found(begin, index);
  }
}

/** What letters stand for, with the place of each byte in the text. */
class Run {
  #phase;
  #start;

  constructor(phase, start, end) {
    this.#phase = phase;
    this.#start = start;
    this.length = end - start;
  }

  bytes() {
    const bytes = new Uint8Array(this.length);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = this.#phase.byte(this.#start + index);
    return bytes;
  }

  from(index) {
    return this.#phase.letters.from(this.#letter(index));
  }

  to(index) {
    return this.#phase.letters.to(this.#letter(index) + 1);
  }

  /** Where the group begins that holds this byte: without it, the next ones cannot be read. */
  groupFrom(index) {
    const { first, letters } = this.#phase;
    const { width, period } = letters.alphabet;
    return letters.from(first + Math.floor((this.#start + index) / width) * period);
  }

  #letter(index) {
    const { first, letters } = this.#phase;
    return first + Math.floor(((this.#start + index) * 8) / letters.alphabet.bits);
  }
}

/** Within what letters stand for, groups may begin at each letter. */
export const everyLetter = anyPhase.map((phases) => ({ ...phases, isEverywhere: true }));

/** The runs of text that letters of a normal form stand for. */
export class EncodedText {
  /** Where in the text letters begin that stand for what is not complete, if it goes on. */
  open = undefined;
  #letters;

  /** `begun`: where groups begin that began before this text. */
  constructor(form, begun) {
    this.#letters = alphabets.map((alphabet, index) => new Letters(form, alphabet, begun[index]));
  }

  /** `found(run, isOpen)` is called for each run, and gives where in the text one that is open is needed again, if it is. */
  each(isLast, found) {
    for (const letters of this.#letters) {
      const shortest = Math.ceil((shortestRun * 8) / letters.alphabet.bits);
      let start = 0;
      for (let letter = 0; letter <= letters.length; letter += 1) {
        const isLetter = letter < letters.length && letters.isLetter(letter);
        if (isLetter && !letters.isApart(letter)) continue;
        const isOpen = letter === letters.length && !isLast;
        if (isOpen || letter - start >= shortest) this.#between(letters, start, letter, isOpen, found);
        start = isLetter ? letter : letter + 1;
      }
    }
  }

  #between(letters, start, end, isOpen, found) {
    for (const first of beginnings(letters, start, end)) {
      const phase = new Phase(letters, first, end);
      phase.eachRun((begin, stop) => {
        const goesOn = isOpen && stop === phase.length;
        if (goesOn || stop - begin >= shortestRun) this.#keep(found(new Run(phase, begin, stop), goesOn));
      });
      if (isOpen && phase.rest < end) this.#keep(letters.from(phase.rest));
    }
  }

  #keep(position) {
    if (position !== undefined) this.open = Math.min(position, this.open ?? position);
  }

  /** Where groups begin in what follows `position`, at which the text is cut. */
  groupsAt(position) {
    return this.#letters.map((letters) => groupsAt(letters, position));
  }
}

/** The first letter of each phase in which groups begin between these. */
function beginnings(letters, start, end) {
  const { period } = letters.alphabet;
  const found = [];
  let phases = 0;
  for (let letter = start; letter < end && found.length < period; letter += 1) {
    const phase = 1 << (letter % period);
    if ((phases & phase) !== 0) continue;
    if (!letters.begins(letter) && !(letter < period && start === 0 && letters.hasBegun(letter))) continue;
    phases |= phase;
    found.push(letter);
  }
  return found;
}

function groupsAt(letters, position) {
  const { length, alphabet } = letters;
  let next = length;
  while (next > 0 && letters.from(next - 1) >= position) next -= 1;
  const gap = letters.gapBehind(next, position);
  const joins = gap !== undefined && letters.joins(next, gap);
  const begun = {
    phases: 0,
    begins: letters.begins(next) || gap !== undefined,
    isJoined: joins,
    inLine: gap === undefined ? letters.inLine(next) : 0,
  };
  if (gap === undefined ? next < length && letters.isApart(next) : !joins) return begun;
  let start = next;
  while (start > 0 && letters.isLetter(start - 1) && (start === next || !letters.isApart(start))) start -= 1;
  const phaseOf = (letter) => 1 << ((((letter - next) % alphabet.period) + alphabet.period) % alphabet.period);
  for (const first of beginnings(letters, start, next)) begun.phases |= phaseOf(first);
  if (start === 0)
    for (let letter = 0; letter < alphabet.period; letter += 1)
      if (letters.hasBegun(letter)) begun.phases |= phaseOf(letter);
  return begun;
}
