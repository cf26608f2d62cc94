import type { AdoptionRequested, QuarantinedVersion } from './events.ts';
import type { ReleaseRef } from '../values.ts';

/** The lock and memory of one service in one environment: who holds it, what runs, what is known to be good. */
export interface EnvironmentState {
  readonly holder: string | null;
  /** Since when the holder, or where nobody holds it the first of the queue, is the one to act, ISO 8601. */
  readonly activeSince: string | null;
  readonly queue: readonly string[];
  /** Where the requests of those who wait stood in the order of all events as they claimed. Whose is not known is overtaken by nobody. */
  readonly positions: Readonly<Record<string, string>>;
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  /** The last releases that were ever verified good and are not quarantined, at most 100, the latest at the end. */
  readonly good: readonly ReleaseRef[];
  /** The deployment that ended half way: what `running` says may no longer be so. Null: it is so, also where nothing runs. */
  readonly uncertain: string | null;
  /** The last versions that were quarantined and are so still, at most 1,000, the latest at the end. */
  readonly quarantined: readonly QuarantinedVersion[];
  readonly adoption: AdoptionRequested['data'] | null;
  /** The last deployments, at most 100, whose end is known here: they never claim again. */
  readonly settled: readonly string[];
}

/** Who waits, in order. */
export type Queue = Pick<EnvironmentState, 'queue' | 'positions'>;
