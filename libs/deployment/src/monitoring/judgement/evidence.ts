import type { Sample } from './sample.ts';

/** Samples kept whole for a decision: the first and the newest, at most 240, and how many between them were let go. */
export interface Evidence {
  readonly first: readonly Sample[];
  readonly newest: readonly Sample[];
  readonly omitted: number;
}

const half = 120;

export const noEvidence: Evidence = { first: [], newest: [], omitted: 0 };

export function withSample({ first, newest, omitted }: Evidence, sample: Sample | undefined): Evidence {
  if (!sample) return { first, newest, omitted };
  if (first.length < half) return { first: [...first, sample], newest, omitted };
  if (newest.length < half) return { first, newest: [...newest, sample], omitted };
  return { first, newest: [...newest.slice(1), sample], omitted: omitted + 1 };
}

export const collected = ({ first, newest, omitted }: Evidence): { samples: Sample[]; omitted: number } => ({
  samples: [...first, ...newest],
  omitted,
});
