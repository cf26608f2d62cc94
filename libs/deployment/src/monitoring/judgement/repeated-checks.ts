import type { CheckResult } from '../../values.ts';

/** One health check or smoke test as the watch has repeated it. */
export interface RepeatedCheck {
  readonly last: CheckResult;
  /** How often it has failed in a row up to now. */
  readonly failures: number;
}

/** By kind and title. */
export type RepeatedChecks = Readonly<Record<string, RepeatedCheck>>;

const keyOf = ({ kind, title }: CheckResult): string => `${kind}|${title}`;

/** Those that this tick did not repeat stay as they were. */
export function evolveChecks(checks: RepeatedChecks, results: readonly CheckResult[] = []): RepeatedChecks {
  return results.reduce<RepeatedChecks>((earlier, last) => {
    const failures = last.passed ? 0 : (earlier[keyOf(last)]?.failures ?? 0) + 1;
    return { ...earlier, [keyOf(last)]: { last, failures } };
  }, checks);
}

/** After a gap in which nobody watched, a failure before it is not followed by one after it. */
export function interruptedChecks(checks: RepeatedChecks): RepeatedChecks {
  return Object.fromEntries(Object.entries(checks).map(([key, { last }]) => [key, { last, failures: 0 }]));
}

/** A single failure may be that of the network: one that follows it decides. */
export const brokenChecks = (checks: RepeatedChecks): readonly CheckResult[] =>
  Object.values(checks).flatMap(({ last, failures }) => (failures > 1 ? [last] : []));

/** Whether a failure is neither confirmed nor cleared, also one before a gap. */
export const isDoubtful = (checks: RepeatedChecks): boolean =>
  Object.values(checks).some(({ last, failures }) => !last.passed && failures < 2);

/** Whether a check has failed when it was made last. */
export const hasFailed = (checks: RepeatedChecks): boolean => Object.values(checks).some(({ last }) => !last.passed);

export const passedChecks = (checks: RepeatedChecks): number =>
  Object.values(checks).filter(({ last }) => last.passed).length;
