/** Why a measure has no value. It becomes a sample of that verdict, never a number. */
export class Lacking extends Error {
  readonly verdict: 'no-data' | 'error';
  /** The source does not know the metric at all. */
  readonly absent: boolean;
  /** What had been asked of the source. */
  readonly query: string | undefined;
  /** Requests within the window, where that is what is lacking: 0. */
  readonly requests: number | undefined;

  constructor(verdict: 'no-data' | 'error', reason: string, absent = false, query?: string, requests?: number) {
    super(reason);
    this.verdict = verdict;
    this.absent = absent;
    this.query = query;
    this.requests = requests;
  }
}

export const noData = (reason: string, query?: string): Lacking => new Lacking('no-data', reason, false, query);
/** The metric is there, and nobody used the service. */
export const idle = (query?: string): Lacking => new Lacking('no-data', 'no requests in the window', false, query, 0);
export const absent = (reason: string): Lacking => new Lacking('no-data', reason, true);
export const unusable = (reason: string, query?: string): Lacking => new Lacking('error', reason, false, query);

export const asLacking = (cause: unknown): Lacking =>
  cause instanceof Lacking ? cause : unusable(cause instanceof Error ? cause.message : String(cause));

/** Runs a query; what is lacking is reported with that query. */
export async function withQuery<T>(query: string, reply: () => Promise<T>): Promise<T> {
  try {
    return await reply();
  } catch (cause) {
    const { verdict, message, absent: unknown, requests } = asLacking(cause);
    throw new Lacking(verdict, message, unknown, query, requests);
  }
}
