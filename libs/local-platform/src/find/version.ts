const numbers = (version: string) => version.split('.').map(Number);

/** Below zero if `a` is older than `b`; a missing number counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version in what a program prints for `--version`, such as `postgres (PostgreSQL) 15.18 (Debian …)` or `v=7.0.15`. */
export function versionIn(text: string): string | undefined {
  return /(?:^|[\sv=])(\d+(?:\.\d+)+)/.exec(text)?.[1] ?? /\s(\d+)(?:devel|beta|rc)/.exec(text)?.[1];
}

export const majorOf = (version: string): string => version.split('.')[0] ?? version;
