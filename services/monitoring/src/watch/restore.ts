import {
  countsFrom,
  evolveWatch,
  openWatch,
  startWatch,
  type KnownBaseline,
  type Reading,
  type Running,
  type Watch,
} from '@backstay/deployment';

/** The judgement after these readings, the same in every process that folds them; `from` is the beginning of the watch window. */
export function restored(
  { drafted, baseline, steps, lookedAgainAt }: Pick<Running, 'drafted' | 'baseline' | 'steps' | 'lookedAgainAt'>,
  recorded: readonly Reading[],
  from: string | null,
): Watch {
  // What was measured before anything new could serve is the running version's, and what a person has looked at does not count again.
  const since = countsFrom({ drafted, steps, lookedAgainAt });
  const readings = since === null ? recorded : recorded.filter(({ time }) => time >= since);
  const armed = openWatch(drafted.plan, knownBaseline(baseline), since);
  const isBefore = ({ time }: Reading) => from === null || time < from;
  const guarded = readings.filter(isBefore).reduce(evolveWatch, armed);
  if (from === null) return guarded;
  return readings.filter((reading) => !isBefore(reading)).reduce(evolveWatch, startWatch(guarded, from));
}

function knownBaseline(baseline: Running['baseline']): KnownBaseline {
  if (baseline === null) return { from: null, to: null, metrics: [] };
  if (baseline.skipped !== null) return null;
  const { from, to, metrics } = baseline;
  return { from, to, metrics: metrics.map(({ value, ...metric }) => ({ ...metric, median: value })) };
}
