import { isRunning, type DeploymentCommand } from '@backstay/deployment';
import type { DeploymentContext, Outcome } from '@backstay/service-kit';

type Context = Pick<DeploymentContext, 'id' | 'state' | 'now'>;

/** How long a stall is looked at before it is ended. */
export const patienceMs = 600_000;
/** Between two looks at a stall, unless something is recorded meanwhile. */
const againMs = 60_000;
/** If planning itself has not looked for this long, it was down, perhaps together with all other services. */
const unseenMs = 120_000;

/**
 * Ends a stall that was seen to last: after an outage of everything the phase that acts next has time to come back
 * before anything is taken back.
 */
export class StallWatch {
  readonly #seen = new Map<string, { readonly movedAt: string; readonly since: number; readonly last: number }>();

  look({ id, state, now }: Context): Outcome<DeploymentCommand> {
    if (!isRunning(state)) return [];
    const at = now();
    const seen = this.#seen.get(id);
    const last = Date.parse(at);
    const isSame = seen?.movedAt === state.movedAt && last - seen.last <= unseenMs;
    const since = isSame ? seen.since : last;
    this.#forgetUnseen(last);
    this.#seen.set(id, { movedAt: state.movedAt, since, last });
    const leftMs = since + patienceMs - last;
    if (leftMs <= 0) return [{ type: 'EndStall', at }];
    return { lookAgainAt: new Date(last + Math.min(againMs, leftMs)).toISOString() };
  }

  #forgetUnseen(now: number): void {
    for (const [id, { last }] of this.#seen) if (now - last > unseenMs) this.#seen.delete(id);
  }
}
