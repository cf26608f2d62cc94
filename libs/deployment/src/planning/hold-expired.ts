import { isPast } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { hasMutated } from '../journal.ts';
import { triggerRollback } from '../rollback/decide.ts';
import { rollbackFailed } from '../rollback/outcome.ts';
import type { DeploymentState } from '../state.ts';

/** Every wait has a deadline and a named outcome: nothing changed yet ends failed, else it is rolled back. */
export function holdExpired(at: string, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status !== 'held' || !isPast(state.hold.until, at)) return [];
  const { under, hold } = state;
  const reason = `nobody ended the wait in time: ${hold.why}`;
  const released: DeploymentEvent = { type: 'DeploymentReleased', data: { why: 'its deadline passed', at } };
  if (under.status === 'planning' || !hasMutated(under))
    return [released, { type: 'DeploymentFailed', data: { reason, at } }];
  if (under.status === 'rolling-back') return [released, rollbackFailed(under, reason, at)];
  const trigger = { kind: 'deadline' as const, text: hold.why, line: null, by: 'backstay' };
  return [released, ...triggerRollback({ type: 'TriggerRollback', trigger, reason, at }, under)];
}
