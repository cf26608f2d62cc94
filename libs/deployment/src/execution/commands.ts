import type { CheckResult, RollbackPoint } from '../values.ts';
import type { EvidenceReading, OutputRef } from './events.ts';

interface Fenced {
  /** The lease's fencing token; one lower than the highest in the stream is refused. */
  readonly token: number;
  readonly host: string;
  readonly at: string;
}

export type CaptureRollbackPoint = { readonly type: 'CaptureRollbackPoint'; readonly point: RollbackPoint };
export type BeginStep = Fenced & { readonly type: 'BeginStep'; readonly step: string };

export type StepOutcome =
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'interrupted'; readonly reason: string }
  | { readonly status: 'unknown'; readonly reason: string };

/** How a step ended; the next step of the same phase starts in the same append. */
export type CompleteStep = Fenced & {
  readonly type: 'CompleteStep';
  readonly step: string;
  readonly attempt: number;
  readonly outcome: StepOutcome;
  readonly output?: OutputRef;
  readonly result?: Readonly<Record<string, unknown>>;
  /** Results of the flows and health checks that a section step consists of. */
  readonly checks?: readonly CheckResult[];
};
export type ConfirmStep = {
  readonly type: 'ConfirmStep';
  readonly step: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
};
export type ResolveStep = {
  readonly type: 'ResolveStep';
  readonly step: string;
  readonly outcome: 'completed' | 'failed' | 'retry';
  readonly by: string;
  readonly reason: string;
  readonly at: string;
};

export type RecordEvidence = {
  readonly type: 'RecordEvidence';
  readonly token: number;
  readonly readings: readonly { readonly line: number; readonly reading: EvidenceReading }[];
  readonly at: string;
};

export type ExecutionCommand =
  | CaptureRollbackPoint
  | BeginStep
  | CompleteStep
  | ConfirmStep
  | ResolveStep
  | RecordEvidence;
