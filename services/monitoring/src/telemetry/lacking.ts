/** Why a measure has no value. It becomes a sample of that verdict, never a number. */
export class Lacking extends Error {
  readonly verdict: 'no-data' | 'error';
  /** The source does not know the metric at all. */
  readonly absent: boolean;

  constructor(verdict: 'no-data' | 'error', reason: string, absent = false) {
    super(reason);
    this.verdict = verdict;
    this.absent = absent;
  }
}

export const noData = (reason: string): Lacking => new Lacking('no-data', reason);
export const absent = (reason: string): Lacking => new Lacking('no-data', reason, true);
export const unusable = (reason: string): Lacking => new Lacking('error', reason);

export const asLacking = (cause: unknown): Lacking =>
  cause instanceof Lacking ? cause : unusable(cause instanceof Error ? cause.message : String(cause));
