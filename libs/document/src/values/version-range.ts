import { coerce, satisfies, valid, validRange } from 'semver';

/** Whether a text is an exact version or a range of versions. */
export function isRange(text: string): boolean {
  return validRange(text) !== null || /^v?[A-Za-z0-9][\w.+-]*$/.test(text);
}

/** Whether a text is a version with one to three numbers. */
export function isMinimumVersion(text: string): boolean {
  return /^\d{1,6}(?:\.\d{1,6}){0,2}$/.test(text);
}

/** Whether a running version is in a range; one that is not semantic must be equal. */
export function isInRange(version: string, range: string): boolean {
  const semantic = valid(version) ?? (/^v?\d/.test(version) ? coerce(version)?.version : undefined);
  if (validRange(range) === null || semantic === undefined) return version === range;
  return satisfies(semantic, range, { includePrerelease: true });
}

/** Whether two texts name one version: a leading `v` is a way of writing. */
export function isSameVersion(one: string, other: string): boolean {
  return one.replace(/^v/, '') === other.replace(/^v/, '');
}
