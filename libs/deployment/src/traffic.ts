import type { Action, Step } from '@backstay/document';
import type { RecordedWeights } from './release.ts';
import type { Run, StepRecord } from './state.ts';

type Weights = Readonly<Record<string, number>>;
type Traffic = Extract<Action, { kind: 'traffic' }>;
type Facts = {
  readonly plan: { readonly steps: readonly Step[] };
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly rollbackPoint: Run['rollbackPoint'];
};

/**
 * What the servers of its backend weighed before a step moved traffic: what the last step before it set, else what the rollback
 * point holds. Known from what is recorded alone: after a crash the proxy may show what the step itself has already done.
 */
export function weightsBefore({ plan, steps, rollbackPoint }: Facts, step: Step): RecordedWeights | null {
  const { action } = step;
  if (action.kind !== 'traffic') return null;
  const { socket, backend } = action;
  const own = steps[step.id]?.order ?? Infinity;
  const earlier = plan.steps
    .filter((other) => other.id !== step.id && isSamePlace(other.action, action))
    .flatMap(({ id }) => steps[id] ?? [])
    .filter(({ status, order }) => status === 'succeeded' && order < own)
    .sort((a, b) => b.order - a.order);
  const point = rollbackPoint?.weights?.find((each) => each.socket === socket && each.backend === backend);
  if (point === undefined || point.weights === null) return point ?? null;
  return { ...point, weights: { ...point.weights, ...setBy(earlier[0]) } };
}

function isSamePlace(action: Action, { socket, backend }: Traffic): boolean {
  return action.kind === 'traffic' && action.socket === socket && action.backend === backend;
}

/** What a step that moved traffic has recorded of it. */
function setBy(record: StepRecord | undefined): Weights {
  const weights = record?.result?.['weights'];
  return typeof weights === 'object' && weights !== null ? (weights as Weights) : {};
}
