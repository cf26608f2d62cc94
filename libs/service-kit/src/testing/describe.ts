import { underlying, type DeploymentState, type StepRecord } from '@backstay/deployment';
import type { Fact } from '@backstay/event-sourcing';

export function recordOf(state: DeploymentState, step: string): StepRecord | undefined {
  const whole = underlying(state);
  return whole.status === 'none' || whole.status === 'planning' ? undefined : whole.steps[step];
}

/** A stream in one line, for the message of a test that waited in vain. */
export function describeEvents(facts: readonly Fact[]): string {
  const each = ({ type, data }: Fact) => {
    const { step, reason } = data as { step?: string | null; reason?: string | null };
    return [type, step, reason].filter((word) => word !== undefined && word !== null).join(' ');
  };
  return facts.map(each).join(', ');
}
