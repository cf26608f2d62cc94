/** The JSON pointer (RFC 6901) of a member or an item; empty for the whole. */
export const jsonPointer = (path: readonly PropertyKey[]): string => path.map((key) => `/${escaped(key)}`).join('');

/** Names a member or an item in a pointer. */
export function escaped(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
