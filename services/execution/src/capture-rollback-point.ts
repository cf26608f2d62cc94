import { activeState, type Claim, type DeploymentCommand } from '@backstay/deployment';
import type { DeploymentContext } from '@backstay/service-kit';
import type { Plan } from '@backstay/document';
import { deployerNamed } from '@backstay/deployers';
import { captureBefore, knownEnvironment, noteLogPositions, stepDeploymentOf, type StepContext } from '@backstay/steps';

/** What runs now is recorded before the first step, where its logs end, and what steps will need to know when they are taken back. */
export async function captureRollbackPoint(
  context: StepContext,
  { state, detach }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(state);
  if (active.status !== 'executing') return [];
  const deployment = stepDeploymentOf(state);
  await noteLogPositions(context.dataDir, deployment, knownEnvironment({ context, deployment }).lookup);
  const point = {
    target: active.claim.running,
    configurationDigest: digestOf(deployment.plan, active.claim),
    schemaVersion: null,
    backupStep: null,
    ...(await captureBefore({ context, deployment, detach })),
  };
  return [{ type: 'CaptureRollbackPoint', point }];
}

function digestOf({ delivery }: Plan, { running }: Claim): string | null {
  if (delivery === null || running?.release == null) return null;
  return deployerNamed(delivery.deployer)?.configurationDigest(delivery, running.release) ?? null;
}
