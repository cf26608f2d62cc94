import { underlying, type Claim } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { configurationDigest } from '@backstay/deployers';
import { knownEnvironment, noteLogPositions, stepDeploymentOf, type StepGround } from '@backstay/steps';
import type { Commands, Context } from './context.ts';
import { recordWeights } from './record-weights.ts';

/** What runs now is recorded before the first step, where its logs end, and how proxies share out the traffic. */
export async function captureRollbackPoint(ground: StepGround, { state, detach }: Context): Promise<Commands> {
  const whole = underlying(state);
  if (whole.status !== 'executing') return [];
  const deployment = stepDeploymentOf(state);
  await noteLogPositions(ground.dataDir, deployment, knownEnvironment({ ground, deployment }).lookup);
  const { plan } = deployment;
  const backup = plan.steps.find(({ action }) => action.kind === 'backup');
  const weights = await recordWeights({ ground, deployment }, detach);
  const point = {
    target: whole.claim.running,
    configurationDigest: digestOf(plan, whole.claim),
    schemaVersion: null,
    backupStep: backup?.id ?? null,
    ...(weights.length > 0 && { weights }),
  };
  return [{ type: 'CaptureRollbackPoint', point }];
}

function digestOf({ delivery }: Plan, { running }: Claim): string | null {
  return delivery === null || running?.release == null
    ? null
    : configurationDigest({ root: delivery.root, release: running.release });
}
