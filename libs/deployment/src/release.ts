/** What runs, ran or shall run in an environment. */
export interface ReleaseRef {
  readonly version: string;
  readonly commit: string | null;
  /** The deployer's name of the release; null where the deployer keeps none. */
  readonly release: string | null;
  /** The deployment that put it there; null when it was adopted. */
  readonly deployment: string | null;
}

/** What the servers of a proxy's backend weighed; null: nobody could tell, and why. */
export interface RecordedWeights {
  /** As the plan writes it. */
  readonly socket: string;
  readonly backend: string;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly problem: string | null;
}

/** Recorded before the first mutating step, so that a rollback never asks the changed world what it was. */
export interface RollbackPoint {
  /** null: the first deployment of this service to this environment; there is nothing to go back to. */
  readonly target: ReleaseRef | null;
  readonly configurationDigest: string | null;
  readonly schemaVersion: string | null;
  /** Step id of the backup that the target's data is in; filled by the plan's backup step. */
  readonly backupStep: string | null;
  /** Of every backend whose traffic the plan moves; absent: it moves none. */
  readonly weights?: readonly RecordedWeights[];
}
