import type {
  ActiveStatus,
  DeploymentKind,
  Ending,
  HoldCode,
  NotRestored,
  Phase,
  TriggerKind,
} from '@backstay/deployment';
import type { Named } from './named.ts';
import { withOverrides, type OverrideView } from '../overrides.ts';
import { describeRestores, type RestoreView } from '../restores.ts';

export type { ActiveStatus };
export type Status = ActiveStatus | 'held' | Ending;

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** What a deployment waits for, and who may end the wait; a `duty` of null: it ends by itself. */
export interface Hold {
  readonly why: string;
  readonly code: HoldCode;
  readonly duty: string | null;
  readonly step: string | null;
  readonly until: string;
}

export interface HeldFor extends Hold {
  /** The commands that end the wait, each as it is typed; empty where it ends by itself. */
  readonly ends: readonly string[];
}

export interface RollbackTimes {
  readonly trigger: TriggerKind;
  /** null while it goes on. */
  readonly measuredMs: number | null;
  /** null: the document gives no estimate, or the rollback goes on. */
  readonly estimatedMs: number | null;
}

/** Where a deployment is. `service`, `version` and `environment` are null until a plan, or what was rejected, names them. */
export interface DeploymentSummary {
  readonly id: string;
  readonly service: string | null;
  readonly version: string | null;
  /** What ran before; null: nothing, or not known yet. */
  readonly previousVersion: string | null;
  readonly environment: string | null;
  readonly kind: DeploymentKind;
  /** Of kind `rollback`: the succeeded deployment that it takes back. `version` is then what it goes back to. */
  readonly of?: string | undefined;
  readonly status: Status;
  readonly held?: HeldFor | undefined;
  /** The phase that acts next, or in which the deployment ended. */
  readonly phase: Phase;
  /** Version of the stream's last event. */
  readonly streamVersion: number;
  /** Version of the last event that changed status, plan or approval. */
  readonly statusVersion: number;
  readonly requestedAt: string;
  readonly finishedAt?: string | undefined;
  /** An authenticated name, or a name that came with the request and ends in ` (claimed)`. */
  readonly requestedBy: string;
  readonly planDigest: string | null;
  /** Steps of the plan; of a deployment of kind `rollback`: of its rollback, which is its only act. */
  readonly steps: Progress;
  /** Present from the moment at which a rollback was planned. */
  readonly rollbackSteps?: Progress | undefined;
  /** Present from the moment at which a rollback was triggered: by what, how long it took and how long it was to take. */
  readonly rollback?: RollbackTimes | undefined;
  /** Backups that the rollback puts back, with what is lost by it; present from its plan on, where there are any. */
  readonly restores?: readonly RestoreView[] | undefined;
  /** Backups that the rollback leaves where they are, and why; present from its plan on, where there are any. */
  readonly notRestored?: readonly NotRestored[] | undefined;
  /** Why it is rolled back, or why it ended as it did. */
  readonly reason?: string | undefined;
  /** Of one that was rejected: how many problems there are; `DeploymentRejected` has them all. */
  readonly problemCount?: number | undefined;
  /** Findings that it was let pass in spite of; present where there are any. */
  readonly overrides?: readonly OverrideView[] | undefined;
  /** The present state as a sentence, and what was overridden for it. */
  readonly sentence: string;
}

/** What the next event needs and no reader does. */
export interface SummaryFold {
  readonly active: ActiveStatus;
  /** Ids of steps that are done. */
  readonly done: readonly string[];
  /** Ids of steps whose failure does not stop anything. */
  readonly optional: readonly string[];
  /** What has been proven so far, as text. */
  readonly proofs: readonly string[];
  /** What the request names, for one that never has a plan. */
  readonly named?: Named | undefined;
  /** Lines under *Blocked By* that wait for a person's confirmation. */
  readonly wordless?: readonly number[] | undefined;
  /** The state as a sentence alone; absent in a row of an earlier version, whose own `sentence` it is. */
  readonly sentence?: string | undefined;
  /**
   * Whether the row is the whole reply. False: a rollback of it was requested, so what came of that has to be looked up.
   * Absent: an earlier version wrote the row.
   */
  readonly complete?: boolean | undefined;
}

/** What is folded from the stream: the summary in which `held` and `sentence` are not finished yet. */
export interface SummaryState extends Omit<DeploymentSummary, 'held'> {
  readonly held?: Hold | undefined;
  readonly fold: SummaryFold;
}

/** The stored body: the summary as it is returned and, under `fold`, what only the projection reads. */
export interface SummaryRow extends DeploymentSummary {
  readonly fold: SummaryFold;
}

const phaseOf: Readonly<Record<ActiveStatus, Phase>> = {
  planning: 'planning',
  executing: 'execution',
  verifying: 'verification',
  monitoring: 'monitoring',
  'rolling-back': 'rollback',
};

export function phaseOfStatus(status: ActiveStatus): Phase {
  return phaseOf[status];
}

/** Nothing more of the plan is deployed, checked or watched: it has ended, or it is taken back. */
export function isOver({ finishedAt, kind, rollback }: DeploymentSummary): boolean {
  return finishedAt !== undefined || kind === 'rollback' || rollback !== undefined;
}

/** The state as the outside sees it. */
export function summaryOfState({ fold, held, ...summary }: SummaryState): DeploymentSummary {
  const { sentence, finishedAt, overrides } = summary;
  const waits = held === undefined ? {} : { held: { ...held, ends: endsOf(summary.id, held, fold.wordless ?? []) } };
  const full = [sentence, ...describeRestores(summary, finishedAt !== undefined)].join('; ');
  return { ...summary, ...waits, sentence: withOverrides(full, overrides) };
}

export function rowOf(state: SummaryState): SummaryRow {
  return { ...summaryOfState(state), fold: { ...state.fold, sentence: state.sentence } };
}

/** Of a row of an earlier version it is the row itself. */
export function stateOf(row: SummaryRow): SummaryState {
  return { ...row, sentence: row.fold.sentence ?? row.sentence };
}

/** The row as the outside sees it. */
export const publicSummary = (row: SummaryRow): DeploymentSummary => summaryOfState(stateOf(row));

/** The commands by which a person ends the wait. @param lines those under *Blocked By* that nobody has confirmed yet */
export function endsOf(id: string, { code, step }: Hold, lines: readonly number[]): readonly string[] {
  switch (code) {
    case 'manual':
      return [`backstay confirm ${id} ${step} --reason …`];
    case 'ask':
    case 'unknown-outcome':
    case 'no-data':
    case 'unwatched':
    case 'undecided':
    case 'old-version-degraded':
      return [`backstay resolve ${id} ${step} --outcome completed|failed|retry --reason …`];
    case 'blocked-by':
      return lines.map((line) => `backstay confirm ${id} ${line} --reason …`);
    case 'environment-held':
    case 'outside-window':
    case 'platform-fault':
      return [];
  }
}
