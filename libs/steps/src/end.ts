import type { CheckResult, OutputRef, StepOutcome } from '@backstay/deployment';

/** How a step ended: what a service adds to its command that completes the step. */
export interface StepEnd {
  readonly outcome: StepOutcome;
  readonly output?: OutputRef;
  /** What was found out; never a secret. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly checks?: readonly CheckResult[];
}

type Details = Omit<StepEnd, 'outcome'>;

export const succeeded = (details: Details = {}): StepEnd => ({ outcome: { status: 'succeeded' }, ...details });
export const failed = (reason: string, details: Details = {}): StepEnd => ({
  outcome: { status: 'failed', reason },
  ...details,
});
export const interrupted = (reason: string, details: Details = {}): StepEnd => ({
  outcome: { status: 'interrupted', reason },
  ...details,
});
export const unknown = (reason: string, details: Details = {}): StepEnd => ({
  outcome: { status: 'unknown', reason },
  ...details,
});

/** Said of every step that was ended because the deployment has moved on. */
export const noLongerWanted = 'it was ended because it is no longer wanted';
