import type { Explain } from './ports.ts';
import { reasonOf } from './reasons.ts';

/**
 * `observed` is what was seen, `reason` why that is not enough. Neither holds a connection string or a secret. `served` is the
 * version that the service says it is, whichever was expected.
 */
export type CheckResult = { title: string; passed: boolean; observed: string; reason?: string; served?: string };

export type Observation = Omit<CheckResult, 'title'>;

/** Makes a check; one that cannot be made has not passed, and says why. */
export async function checked(
  title: string,
  explain: Explain,
  check: () => Promise<Observation>,
): Promise<CheckResult> {
  try {
    return { title, ...(await check()) };
  } catch (error) {
    return { title, passed: false, observed: 'no reply', reason: reasonOf(error, explain) };
  }
}

export const passedWith = (observed: string): Observation => ({ passed: true, observed });
export const failedWith = (observed: string, reason: string): Observation => ({ passed: false, observed, reason });
