import type { EffectOf, DeploymentCommand } from '@backstay/deployment';
import { announce, stepDeploymentOf, type StepContext } from '@backstay/steps';
import { unlessDetached, type DeploymentContext } from '@backstay/service-kit';

/** Delivers one notice, whose intent is recorded; a failed delivery is recorded too. */
export async function deliverNotice(
  steps: StepContext,
  { notice: pending }: EffectOf<'deliver-notice'>,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const { notice, channel, about, sending } = pending;
  const deployment = stepDeploymentOf(context.state);
  const possiblyRepeated = (sending?.attempt ?? 1) > 1;
  const announcement = { id: `${deployment.id}/${notice}`, kind: notice, channel, text: about, possiblyRepeated };
  const { delivered, detail } = await unlessDetached(
    context.detach,
    announce(announcement, deployment, steps, context.detach),
  );
  return [{ type: 'RecordNotice', notice, channel, about, delivered, detail, at: context.now() }];
}
