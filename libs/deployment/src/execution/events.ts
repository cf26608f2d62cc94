import type { ActionKind, EffectClass, Evidence } from '@backstay/document';
import type { DomainEvent } from '@backstay/event-sourcing';
import type { Phase } from '../phase.ts';
import type { RollbackPoint } from '../values.ts';

/** The last 16 KiB of a step's output, and where the rest (at most 10 MiB) is kept. */
export interface OutputRef {
  readonly tail: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly truncated: boolean;
}

interface StepEnd {
  readonly step: string;
  readonly attempt: number;
  readonly token: number;
  readonly output?: OutputRef;
  /** What the effect found out: exit code, status, digests, delivered to, … never a secret. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly at: string;
}

export type RollbackPointCaptured = DomainEvent<'RollbackPointCaptured', RollbackPoint>;
/** The intent: nothing acts without one. */
export type StepStarted = DomainEvent<
  'StepStarted',
  {
    readonly step: string;
    readonly phase: Phase;
    readonly title: string;
    readonly attempt: number;
    readonly action: ActionKind;
    readonly effect: EffectClass;
    readonly mutates: boolean;
    readonly token: number;
    readonly host: string;
    readonly at: string;
  }
>;
/** Another process took over the lease and goes on with the same attempt: re-attaches, or reruns what may be rerun. */
export type StepResumed = DomainEvent<
  'StepResumed',
  {
    readonly step: string;
    readonly phase: Phase;
    readonly attempt: number;
    readonly token: number;
    readonly host: string;
    readonly at: string;
  }
>;
export type StepSucceeded = DomainEvent<'StepSucceeded', StepEnd>;
export type StepFailed = DomainEvent<
  'StepFailed',
  StepEnd & { readonly reason: string; readonly willRetryAt: string | null }
>;
export type StepInterrupted = DomainEvent<'StepInterrupted', StepEnd & { readonly reason: string }>;
/** Nobody knows how the step ended. */
export type StepUnknown = DomainEvent<'StepUnknown', StepEnd & { readonly reason: string }>;
export type StepSkipped = DomainEvent<
  'StepSkipped',
  { readonly step: string; readonly by: string; readonly reason: string; readonly at: string }
>;
/** A person's confirmation: on a manual step, or on a step whose end is unknown or that asks. */
export type StepConfirmed = DomainEvent<
  'StepConfirmed',
  { readonly step: string; readonly by: string; readonly reason: string; readonly at: string }
>;
export type StepResolved = DomainEvent<
  'StepResolved',
  {
    readonly step: string;
    readonly outcome: 'completed' | 'failed' | 'retry';
    readonly by: string;
    readonly reason: string;
    readonly at: string;
  }
>;
/** Evidence as it was read and judged. */
export interface EvidenceReading {
  readonly reader: Evidence['reader'];
  readonly verdict: 'pass' | 'fail' | 'no-data' | 'error';
  /** Tied to the deployed commit. */
  readonly attested: boolean;
  readonly summary: string;
  readonly facts: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** A few lines that matched, redacted. */
  readonly excerpts?: readonly string[];
}
/** A line's own evidence, that no step reads. */
export type EvidenceRead = DomainEvent<
  'EvidenceRead',
  { readonly line: number; readonly text: string; readonly reading: EvidenceReading; readonly at: string }
>;
export type ExecutionCompleted = DomainEvent<'ExecutionCompleted', { readonly at: string }>;
export type ExecutionFailed = DomainEvent<
  'ExecutionFailed',
  { readonly step: string; readonly reason: string; readonly at: string }
>;

export type ExecutionEvent =
  | RollbackPointCaptured
  | StepStarted
  | StepResumed
  | StepSucceeded
  | StepFailed
  | StepInterrupted
  | StepUnknown
  | StepSkipped
  | StepConfirmed
  | StepResolved
  | EvidenceRead
  | ExecutionCompleted
  | ExecutionFailed;
