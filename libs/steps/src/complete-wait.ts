import type { DeploymentCommand, EffectOf } from '@backstay/deployment';
import { succeeded } from './step-end.ts';

/** What ends a step that only waits, once its time has passed. */
export function completeWait(
  { step, attempt, waitedMs }: EffectOf<'complete-wait'>,
  { token, host, now }: { readonly token: number; readonly host: string; readonly now: () => string },
): DeploymentCommand {
  return { type: 'CompleteStep', step, attempt, token, host, ...succeeded({ result: { waitedMs } }), at: now() };
}
