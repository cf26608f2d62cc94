import type { Effect, EffectOf } from '@backstay/deployment';

/** The effect must stop in this process, which releases it: what runs is left to the process that continues it. */
export class Detached extends Error {
  override readonly name = 'Detached';
}

const whyDetached = 'the lease is lost or the service drains';

export interface EffectContext<Command, State> {
  readonly id: string;
  readonly stream: string;
  readonly state: State;
  /** The lease's fencing token. */
  readonly token: number;
  readonly host: string;
  /** Aborted when this effect is no longer wanted: end what runs and report how it ended. */
  readonly unwanted: AbortSignal;
  /** Aborted when this process lost the lease or drains: throw `Detached` and leave what runs to the next. */
  readonly detach: AbortSignal;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Decides and appends in the middle of an effect; the state that follows. */
  readonly append: (command: Command) => Promise<State>;
}

/** Commands that report how the effect ended; none: nothing changed, look again later. */
export type Outcome<Command> = readonly Command[] | LookAgain;

/** Nothing changed, and nothing is expected to before this time, ISO 8601, unless an event wakes the phase. */
export interface LookAgain {
  readonly lookAgainAt: string;
  /** Streams of other aggregates; the end of a deployment there, or another running release, is such an event. */
  readonly awaits?: readonly string[];
}

export type EffectHandlers<Command, State> = {
  readonly [Kind in Effect['kind']]?: (
    effect: EffectOf<Kind>,
    context: EffectContext<Command, State>,
  ) => Promise<Outcome<Command>>;
};

/** @throws {Detached} when the work has to be left to the next process that holds the lease */
export function unlessLeft({ detach }: Pick<EffectContext<never, never>, 'detach'>): void {
  if (detach.aborted) throw new Detached(whyDetached);
}

/** Waits for work, unless this process has to let go of it: then throws `Detached` and leaves the work as it is. */
export async function unlessDetached<T>(detach: AbortSignal, work: Promise<T>): Promise<T> {
  unlessLeft({ detach });
  let stop = (): void => {};
  const detached = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Detached(whyDetached));
    detach.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, detached]);
  } finally {
    detach.removeEventListener('abort', stop);
  }
}
