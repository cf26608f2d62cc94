import {
  BudgetExceeded,
  compareDecimals,
  isDecimal,
  isHeldByDouble,
  WrittenNumber,
  type WrittenJson,
} from '@backstay/document';

/** More numbers lie between two doubles than doubles beside them can stand for. */
export class CrowdedNumbers extends BudgetExceeded {
  override readonly name = 'CrowdedNumbers';

  constructor(path: string) {
    super(`\`${path}\` compares numbers of this reply that lie too close together; write a path without a filter`);
  }
}

/**
 * The reply for a filter, which compares doubles: each number that no double holds becomes one that has the same order to the others of
 * the reply and to those of the path. Throws `CrowdedNumbers`.
 */
export function withOrderedDoubles({ plain, written }: WrittenJson, path: string): unknown {
  const literals = literalsIn(path);
  if (!path.includes('?') || (plain === written && literals.every(isHeldByDouble))) return plain;
  const numbers = numbersIn(written);
  if ([...numbers, ...literals].every(isHeldByDouble)) return plain;
  const doubles = orderedDoubles(numbers, literals);
  if (doubles === undefined) throw new CrowdedNumbers(path);
  return replaced(written, doubles);
}

const quoted = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/gs;
const literal = /(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const literalsIn = (path: string): string[] => (path.replace(quoted, '""').match(literal) ?? []).filter(isDecimal);

function textOf(node: unknown): string | undefined {
  if (node instanceof WrittenNumber) return node.written;
  return typeof node === 'number' ? String(node) : undefined;
}

function numbersIn(node: unknown): string[] {
  const number = textOf(node);
  if (number !== undefined) return [number];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(numbersIn) : [];
}

/** The same order as that of the numbers; those of the path stay where its reader has them. */
function orderedDoubles(numbers: readonly string[], literals: readonly string[]): Map<string, number> | undefined {
  const fixed = new Set(literals);
  const places: { readonly texts: string[]; double: number; isFixed: boolean }[] = [];
  for (const text of [...new Set([...numbers, ...literals])].sort(compareDecimals)) {
    const last = places.at(-1);
    const isSame = last !== undefined && compareDecimals(last.texts[0]!, text) === 0;
    const place = isSame ? last : { texts: [], double: Number(text), isFixed: false };
    place.texts.push(text);
    place.isFixed ||= fixed.has(text);
    if (!isSame) places.push(place);
  }
  for (const [index, place] of places.entries()) {
    const before = places[index - 1];
    if (before === undefined || before.double < place.double) continue;
    if (!place.isFixed && before.double < Infinity) place.double = besideDouble(before.double, 1n);
    else if (!movedDown(places, index)) return undefined;
  }
  return new Map(places.flatMap(({ texts, double }) => texts.map((text) => [text, double] as const)));
}

/** Makes space before the place at `index`, which cannot be moved. */
function movedDown(places: { double: number; readonly isFixed: boolean }[], index: number): boolean {
  for (let at = index - 1; at >= 0 && places[at]!.double >= places[at + 1]!.double; at -= 1) {
    if (places[at]!.isFixed) return false;
    places[at]!.double = besideDouble(places[at + 1]!.double, -1n);
  }
  return true;
}

/** The next double above or below, by its place in the order of all. */
function besideDouble(double: number, step: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double);
  const bits = view.getBigInt64(0);
  const place = (bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits) + step;
  view.setBigInt64(0, place < 0n ? -place | (-1n << 63n) : place);
  return view.getFloat64(0);
}

function replaced(node: unknown, doubles: ReadonlyMap<string, number>): unknown {
  const number = textOf(node);
  if (number !== undefined) return doubles.get(number);
  if (Array.isArray(node)) return node.map((each: unknown) => replaced(each, doubles));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, each]: [string, unknown]) => [key, replaced(each, doubles)]),
  );
}
