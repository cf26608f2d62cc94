import type { EffectClass, Source } from '../plan/values.ts';
import type { AnyAction } from './seen.ts';

/** A step of the plan that is taken back. */
export interface DoneStep {
  readonly id: string;
  readonly title: string;
  readonly action: AnyAction;
  readonly source: Source;
  readonly timeoutMs: number;
  readonly effect: EffectClass;
  readonly directory?: string | undefined;
}

/** What the servers of a backend weighed; `problem`: why that is not known. */
export interface RecordedWeights {
  /** As the plan writes it. */
  readonly socket: string;
  readonly backend: string;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly problem: string | null;
}

/** What is recorded of a deployment, as far as the undo of its steps rests on it. */
export interface Recorded {
  readonly plan: {
    readonly steps: readonly { readonly id: string; readonly action: AnyAction }[];
    readonly rollback: { readonly steps: readonly { readonly action: AnyAction }[] };
  };
  /** Of each step that was begun, by its id; `order` rises with each start. */
  readonly steps: Readonly<
    Record<
      string,
      { readonly status: string; readonly order: number; readonly result: Readonly<Record<string, unknown>> }
    >
  >;
  /** What was before the first step that changes something; null: that is not recorded. */
  readonly rollbackPoint: { readonly weights?: readonly RecordedWeights[] } | null;
}
