/** A place within a JSON value: names of members and indexes, from the outside in. */
export type Place = readonly (string | number)[];

/** Every place of a JSON value that has a name, or is a single value. */
export function placesOf(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [
    ...(place.length === 0 ? [] : [place]),
    ...Object.entries(value).flatMap(([key, each]) =>
      placesOf(each, [...place, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** What stands at the place. */
export const valueAt = (value: unknown, place: Place): unknown =>
  place.reduce<unknown>((each, key) => (each as Record<string, unknown>)[key], value);

/**
 * The value with another name, or another value, at a place. Nothing is taken away, as nobody could distinguish that from what was
 * never there.
 */
export function garbled(value: unknown, [head, ...rest]: Place, how: 'name' | 'value', by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) return value.map((each, index) => (index === head ? garbled(each, rest, how, by) : each));
  const entries = Object.entries(value as object).map(([key, each]) => {
    if (key !== head) return [key, each];
    if (rest.length === 0 && how === 'name') return [`${key}${String(by)}`, each];
    return [key, garbled(each, rest, how, by)];
  });
  return Object.fromEntries(entries);
}
