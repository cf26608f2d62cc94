import { activeState, type DeploymentState, type StepRecord } from '@backstay/deployment';
import type { DomainEvent } from '@backstay/event-sourcing';

export function recordOf(state: DeploymentState, step: string): StepRecord | undefined {
  const active = activeState(state);
  return active.status === 'none' || active.status === 'planning' ? undefined : active.steps[step];
}

/** A stream in one line, for the message of a test that waited in vain. */
export function describeEvents(events: readonly DomainEvent[]): string {
  const each = ({ type, data }: DomainEvent) => {
    const { step, reason } = data as { step?: string | null; reason?: string | null };
    return [type, step, reason].filter((word) => word !== undefined && word !== null).join(' ');
  };
  return events.map(each).join(', ');
}
