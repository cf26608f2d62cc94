/** What is allowed in the place of an unknown name, for the end of a message. */
export function expectedOneOf(names: readonly (string | number)[]): string {
  if (names.length === 0) return 'none is expected';
  return names.length === 1 ? `expected ${names[0]}` : `expected one of ${names.join(', ')}`;
}
