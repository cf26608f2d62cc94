import type { EffectOf } from '@backstay/deployment';
import { announce, stepDeploymentOf, type StepContext } from '@backstay/steps';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';

/** One delivery of what somebody must know; what could not be delivered is recorded too. */
export async function deliverNotice(
  steps: StepContext,
  { notice: pending }: EffectOf<'deliver-notice'>,
  context: Context,
): Promise<Commands> {
  const { notice, channel, about } = pending;
  const deployment = stepDeploymentOf(context.state);
  const announcement = { id: `${deployment.id}/${notice}`, kind: notice, channel, text: about };
  const { delivered, detail } = await unlessDetached(
    context.detach,
    announce(announcement, deployment, steps, context.detach),
  );
  return [{ type: 'RecordNotice', notice, channel, about, delivered, detail, at: context.now() }];
}
