import type { Measure, Sample } from './sample.ts';
import { soundness } from './soundness.ts';

/** What was read of one measure since the watch began, apart from any limit. */
export interface Tally {
  readonly valid: number;
  readonly noData: number;
  readonly errors: number;
  readonly skipped: number;
  readonly last: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly reason: string | null;
}

export const newTally: Tally = {
  valid: 0,
  noData: 0,
  errors: 0,
  skipped: 0,
  last: null,
  minimum: null,
  maximum: null,
  reason: null,
};

const counted = { 'no-data': 'noData', error: 'errors', skipped: 'skipped' } as const;

const without = (tally: Tally, verdict: keyof typeof counted, reason: string): Tally => ({
  ...tally,
  [counted[verdict]]: tally[counted[verdict]] + 1,
  reason,
});

export function evolveTally(tally: Tally, { unit }: Measure, sample: Sample | undefined): Tally {
  if (!sample) return without(tally, 'no-data', 'was not read');
  const sound = soundness(sample);
  if (sound.verdict !== 'sound') return without(tally, sound.verdict, sound.reason);
  if (sample.unit !== unit) return without(tally, 'error', `was read in ${sample.unit} instead of ${unit}`);
  return {
    ...tally,
    valid: tally.valid + 1,
    last: sound.value,
    minimum: Math.min(tally.minimum ?? sound.value, sound.value),
    maximum: Math.max(tally.maximum ?? sound.value, sound.value),
  };
}
