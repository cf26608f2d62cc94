import { after } from '../decision.ts';
import type { RollingBack } from '../state.ts';

/** Counts from the trigger on, so that waiting for quiet is bounded too. */
export function deadlineOf({ rollback, triggeredAt, drafted }: RollingBack): string {
  return rollback?.deadline ?? after(triggeredAt, drafted.plan.rollback.timeoutMs);
}
