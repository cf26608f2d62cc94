// Where secrets stand in a text: literally, in its normal form, and in the texts that letters in base64 or hex stand for.
import { eitherBegun, everyLetter, EncodedText } from './encodings.mjs';
import { latin1, literalForms, normalForms } from './forms.mjs';
import { Needles } from './needles.mjs';
import { normalForm } from './normal-form.mjs';
import { shortestPart } from './parts.mjs';

/** Encodings within encodings: what is nested deeper is masked as it is. */
const deepest = 4;
/** So many bytes may be decoded for each byte of a text, and these once; what is beyond is masked as it is. */
const decodedPerByte = 4;
const decodedAtLeast = 64 * 1024;

export class Search {
  #literal;
  #normal;
  /** The last one of each depth, for its memory. */
  #forms = [];
  #byteForms = [];

  constructor(texts) {
    this.#literal = new Needles(texts.flatMap(literalForms));
    this.#normal = new Needles(texts.flatMap(normalForms));
  }

  /** The length of the longest form of a secret. */
  get longest() {
    return Math.max(this.#literal.longest, this.#normal.longest);
  }

  /**
   * The ranges of bytes that show a secret. Where the text goes on, `open` is the place from which it has to be searched again, with
   * what is `groupsAt(open)`.
   */
  in(bytes, isLast, begun) {
    if (this.longest === 0) return { ranges: [], open: bytes.length, groupsAt: () => begun };
    return this.#within(bytes, isLast, begun, 0, { bytes: decodedPerByte * bytes.length + decodedAtLeast });
  }

  #within(bytes, isLast, begun, depth, budget) {
    const ranges = [];
    this.#literal.each(bytes, bytes.length, (start, end) => ranges.push([start, end]));
    const forms = this.#formsOf(bytes, isLast, depth);
    const read = forms.map((form) => this.#inForm(form, isLast, begun, depth, budget, ranges));
    if (isLast) for (const form of forms) this.#addCutOff(bytes, form, ranges);
    const open = isLast
      ? []
      : read.map((encoded, at) => Math.min(this.#openFrom(bytes, forms[at]), encoded.open ?? bytes.length));
    const groupsAt = (position) => eitherBegun(read.map((encoded) => encoded.groupsAt(position)));
    return { ranges, open: Math.min(bytes.length, ...open), groupsAt };
  }

  /** One, or two where `\x` may begin an escape as well as bytes in hex. */
  #formsOf(bytes, isLast, depth) {
    const form = normalForm(bytes, isLast, this.#forms[depth]);
    this.#forms[depth] = form;
    if (!form.hasByteText) return [form];
    this.#byteForms[depth] = normalForm(bytes, isLast, this.#byteForms[depth], true);
    return [form, this.#byteForms[depth]];
  }

  #inForm(form, isLast, begun, depth, budget, ranges) {
    this.#normal.each(form.bytes, form.length, (start, end) => ranges.push([form.from[start], form.to[end - 1]]));
    const encoded = new EncodedText(form, begun);
    encoded.each(isLast, (run, isOpen) => this.#inRun(run, !isOpen, depth + 1, budget, ranges));
    return encoded;
  }

  /** Where in the text the run is needed again, if it goes on. */
  #inRun(run, isLast, depth, budget, ranges) {
    budget.bytes -= run.length;
    if (depth > deepest || budget.bytes < 0) {
      ranges.push([run.from(0), run.to(run.length - 1)]);
      return undefined;
    }
    const within = this.#within(run.bytes(), isLast, everyLetter, depth, budget);
    for (const [start, end] of within.ranges) ranges.push([run.from(start), run.to(end - 1)]);
    return within.open < run.length ? run.groupFrom(within.open) : undefined;
  }

  /** The beginning of a secret at the very end, where a text was cut. */
  #addCutOff(bytes, form, found) {
    const literal = this.#literal.openFrom(bytes, bytes.length);
    const isOpen = bytes.length - literal >= shortestPart && !isScheme(bytes.subarray(literal));
    if (isOpen) found.push([literal, bytes.length]);
    const normal = this.#normal.openFrom(form.bytes, form.length);
    const isOpenForm = form.length - normal >= shortestPart && !isScheme(form.bytes.subarray(normal, form.length));
    if (isOpenForm) found.push([form.from[normal], bytes.length]);
  }

  #openFrom(bytes, form) {
    const ofNormal = this.#normal.openFrom(form.bytes, form.length);
    return Math.min(
      this.#literal.openFrom(bytes, bytes.length),
      ofNormal < form.length ? form.from[ofNormal] : bytes.length,
      form.open ?? bytes.length,
    );
  }
}

/** The scheme of a URL, with which many values begin: it discloses none. */
const scheme =
  /^(?:(?:postgres(?:ql)?|mongodb(?:\+srv)?|https?|mysql|mariadb|rediss?|amqps?|nats|ssh|sqlserver)|[a-z][a-z0-9+.-]*:\/{0,2})\s*$/i;
const isScheme = (bytes) => bytes.length <= 24 && scheme.test(latin1(bytes));
