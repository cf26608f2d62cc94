import type { Finding } from '@backstay/deployment';
import { probeMove, type ProxyServer } from '@backstay/traffic';
import { messageOf } from '../bounded.ts';
import { blocking, fine } from '../findings.ts';
import { isHere, type Preflight } from '../kind.ts';
import type { ActionOf, StepOf } from '../task.ts';
import { proxyAt } from './proxy.ts';

/** Whether the proxy responds to somebody who may change it, has the backend and its server, and can share out as it is asked. */
export async function proxyFindings(
  step: StepOf<ActionOf<'traffic'>>,
  preflight: Preflight,
): Promise<readonly Finding[]> {
  if (!isHere(step, preflight.deployment.plan)) return [];
  const { socket, backend, target, share } = step.action;
  const details = { subject: `backend ${backend}`, line: step.source.line };
  try {
    const servers = await probeMove(proxyAt(preflight, socket, preflight.detach), { backend, target, share });
    return [fine('traffic', { ...details, message: servers.map(text).join(', ') })];
  } catch (error) {
    preflight.detach.throwIfAborted();
    return [blocking('traffic', { ...details, message: messageOf(error, preflight) })];
  }
}

function text({ name, weight, state, serving }: ProxyServer): string {
  return `${name} weighs ${weight}${serving ? '' : ` (${state})`}`;
}
