import { activeState, type DeployRequest, type DeploymentState } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import type { StepContext } from './context.ts';

/** The deployment that a step belongs to, as far as a step must know it. */
export interface StepDeployment {
  readonly id: string;
  /** The one whose workspace, releases and backups are meant: another one only where a succeeded deployment is taken back. */
  readonly of: string;
  /** The folder below `workspaces/`. */
  readonly workspace: string;
  readonly plan: Plan;
  readonly commit: string | null;
  readonly request: DeployRequest;
  readonly rollbackVersion: string | null;
  /** The deployer's name of the release that ran before. */
  readonly rollbackRelease: string | null;
  /** Version of the environment's stream at the claim: it orders all deployments of this environment. */
  readonly claimed: number;
}

/** A deployment with a plan, as its steps must know it; `workspace` where it is not the one that the request names. */
export function stepDeploymentOf(state: DeploymentState, workspace?: string): StepDeployment {
  const active = activeState(state);
  if (active.status === 'none' || active.drafted === null) throw new Error('a deployment without a plan has no steps');
  const { id, request, drafted } = active;
  const { plan, commit, inherited } = drafted;
  const of = inherited?.deployment ?? id;
  const claim = 'claim' in active ? active.claim : (active.unsettled?.claim ?? null);
  const point = 'rollbackPoint' in active ? active.rollbackPoint : (inherited?.rollbackPoint ?? null);
  const target = point === null ? (claim?.running ?? null) : point.target;
  return {
    id,
    of,
    workspace: workspace ?? request.workspace ?? of,
    plan,
    commit: plan.commit ?? commit?.sha ?? null,
    request,
    rollbackVersion: target?.version ?? null,
    rollbackRelease: target?.release ?? null,
    claimed: claim?.version ?? 0,
  };
}

/** A succeeded deployment that is taken back is undone where it was done: in its own workspace. */
export async function performedDeployment(
  { deployments }: Pick<StepContext, 'deployments'>,
  state: DeploymentState,
): Promise<StepDeployment> {
  const own = stepDeploymentOf(state);
  if (own.of === own.id) return own;
  const original = activeState((await deployments.load(own.of)).state);
  return original.status === 'none' ? own : stepDeploymentOf(state, original.request.workspace ?? own.of);
}
