import type { CheckResult, OutputRef, StepOutcome } from '@backstay/deployment';

/** How a step ended: what a service adds to its command that completes the step. */
export interface StepEnd {
  readonly outcome: StepOutcome;
  readonly output?: OutputRef;
  /** What was found out; never a secret. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly checks?: readonly CheckResult[];
}

type Facts = Omit<StepEnd, 'outcome'>;

export const succeeded = (facts: Facts = {}): StepEnd => ({ outcome: { status: 'succeeded' }, ...facts });
export const failed = (reason: string, facts: Facts = {}): StepEnd => ({
  outcome: { status: 'failed', reason },
  ...facts,
});
export const interrupted = (reason: string, facts: Facts = {}): StepEnd => ({
  outcome: { status: 'interrupted', reason },
  ...facts,
});
export const unknown = (reason: string, facts: Facts = {}): StepEnd => ({
  outcome: { status: 'unknown', reason },
  ...facts,
});

/** Said of every step that was ended because the deployment has moved on. */
export const noLongerWanted = 'it was ended because it is no longer wanted';
