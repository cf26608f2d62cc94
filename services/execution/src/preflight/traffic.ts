import { skipReason, type Finding } from '@backstay/deployment';
import { probeMove, type ProxyServer } from '@backstay/traffic';
import { proxyAt, wordsOf } from '@backstay/steps';
import type { Action, Plan } from '@backstay/document';
import { blocking, fine } from './finding.ts';
import type { Preflight } from './preflight.ts';

interface Wanted {
  readonly action: Extract<Action, { kind: 'traffic' }>;
  readonly line: number;
}

/** Whether every proxy answers to somebody who may change it, has the backend and its server, and can share out as it is asked. */
export async function trafficFindings(preflight: Preflight): Promise<readonly Finding[]> {
  return Promise.all(moves(preflight.deployment.plan).map((wanted) => look(preflight, wanted)));
}

/** Steps of the rollback too: one that could not be done is told before it is needed. */
function moves(plan: Plan): readonly Wanted[] {
  return [...plan.steps, ...plan.rollback.steps]
    .filter((step) => skipReason({ drafted: { plan } }, step) === null)
    .flatMap(({ action, source }) => (action.kind === 'traffic' ? [{ action, line: source.line }] : []));
}

async function look(preflight: Preflight, { action, line }: Wanted): Promise<Finding> {
  const { socket, backend, target, share } = action;
  const facts = { subject: `backend ${backend}`, line };
  try {
    const servers = await probeMove(proxyAt(preflight, socket, preflight.detach), { backend, target, share });
    return fine('traffic', { ...facts, message: servers.map(told).join(', ') });
  } catch (error) {
    preflight.detach.throwIfAborted();
    return blocking('traffic', { ...facts, message: wordsOf(error, preflight) });
  }
}

function told({ name, weight, state, serves }: ProxyServer): string {
  return `${name} weighs ${weight}${serves ? '' : ` (${state})`}`;
}
