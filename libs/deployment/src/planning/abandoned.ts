import type { DeploymentEvent } from '../events.ts';
import type { Active } from '../state.ts';

/** Nobody goes on with it; names the steps that may still act somewhere. */
export function abandoned(state: Active, reason: string, at: string): DeploymentEvent {
  const records = state.status === 'planning' ? [] : Object.values(state.steps);
  const open = records.filter(({ status }) => status === 'running' || status === 'unknown');
  const possiblyLive = open.map(({ step, host }) => `${step} on ${host}`);
  return { type: 'DeploymentAbandoned', data: { reason, possiblyLive, at } };
}
