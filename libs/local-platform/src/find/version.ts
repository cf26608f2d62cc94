import { coerce, lt } from 'semver';

/** A version of as many numbers as it has; those that are missing count as 0. */
export const isOlder = (version: string, minimum: string): boolean =>
  lt(coerce(version) ?? version, coerce(minimum) ?? minimum);

/** The version in what a program prints for `--version`, such as `postgres (PostgreSQL) 15.18 (Debian …)` or `v=7.0.15`. */
export function versionIn(text: string): string | undefined {
  return /(?:^|[\sv=])(\d+(?:\.\d+)+)/.exec(text)?.[1] ?? /\s(\d+)(?:devel|beta|rc)/.exec(text)?.[1];
}

export const majorOf = (version: string): string => version.split('.')[0] ?? version;
