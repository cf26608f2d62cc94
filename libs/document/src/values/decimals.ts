/** A number of JSON by its value: 0.DIGITS × 10^exponent; zero has no digits. */
interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const form = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Whether a text is a number as JSON writes it, with an exponent that can be reckoned with. */
export function isDecimal(text: string): boolean {
  return form.test(text);
}

/** Less than, equal to or greater than 0, as the first of two texts for which `isDecimal` holds is to the second; nothing is rounded. */
export function compareDecimals(first: string, second: string): number {
  const [a, b] = [decimalOf(first), decimalOf(second)];
  if (a.isNegative !== b.isNegative) return a.isNegative ? -1 : 1;
  const order = compareMagnitudes(a, b);
  return a.isNegative ? 0 - order : order;
}

/** Whether a double holds exactly the value that is written, so that it is written again as the same value. */
export function isHeldByDouble(text: string): boolean {
  const double = Number(text);
  return Number.isFinite(double) && compareDecimals(text, String(double)) === 0;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return Number(a.digits !== '') - Number(b.digits !== '');
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  return a.digits < b.digits ? -1 : Number(a.digits > b.digits);
}

function decimalOf(text: string): Decimal {
  const [, sign = '', integer = '', fraction = '', exponent = '0'] = form.exec(text)!;
  const all = integer + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return { isNegative: false, digits: '', exponent: 0 };
  let end = all.length;
  while (all[end - 1] === '0') end--;
  return {
    isNegative: sign === '-',
    digits: all.slice(first, end),
    exponent: integer.length - first + Number(exponent),
  };
}
