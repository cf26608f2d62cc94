import { underlying, type DeploymentState } from '@backstay/deployment';
import type { StepDeployment } from './step-task.ts';

/** A deployment with a plan, as its steps must know it; `workspace` where it is another one than the request tells. */
export function stepDeploymentOf(state: DeploymentState, workspace?: string): StepDeployment {
  const whole = underlying(state);
  if (whole.status === 'none' || whole.drafted === null) throw new Error('a deployment without a plan has no steps');
  const { id, request, drafted } = whole;
  const { plan, commit, inherited } = drafted;
  const of = inherited?.deployment ?? id;
  const claim = 'claim' in whole ? whole.claim : (whole.unsettled?.claim ?? null);
  const point = 'rollbackPoint' in whole ? whole.rollbackPoint : (inherited?.rollbackPoint ?? null);
  const target = point === null ? (claim?.running ?? null) : point.target;
  return {
    id,
    of,
    workspace: workspace ?? request.workspace ?? of,
    plan,
    commit: plan.commit ?? commit?.sha ?? null,
    request,
    rollbackVersion: target?.version ?? null,
    claimed: claim?.version ?? 0,
  };
}
