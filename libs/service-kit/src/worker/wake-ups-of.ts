import {
  deploymentWorkflow,
  environmentWorkflow,
  type DeploymentState,
  type EnvironmentState,
  type WakeUp,
} from '@backstay/deployment';
import { parseStreamName, type AppendedEvents, type DomainEvent } from '@backstay/event-sourcing';

/** Whom an append wakes: only phases whose next action it changed. `now` is the time of the append, ISO 8601. */
export function wakeUpsOf({ stream, events, before, after }: AppendedEvents, now: string): readonly WakeUp[] {
  switch (parseStreamName(stream).category) {
    case deploymentWorkflow.category:
      return deploymentWorkflow.wakeUpsOf({
        stream,
        events,
        after: after as DeploymentState,
        before: { state: before as DeploymentState, now },
      });
    case environmentWorkflow.category:
      return environmentWorkflow.wakeUpsOf({ stream, events, after: after as EnvironmentState });
    default:
      return [];
  }
}

/** Whom a recorded event may concern. @param environmentAt the state of an environment at a version of its stream, or later */
export async function wakeUpsBy(
  event: DomainEvent & { readonly stream: string; readonly version: number },
  environmentAt: (id: string, version: number) => Promise<EnvironmentState>,
): Promise<readonly WakeUp[]> {
  const { stream, version } = event;
  const { category, id } = parseStreamName(stream);
  switch (category) {
    case deploymentWorkflow.category:
      return deploymentWorkflow.wakeUpsOf({ stream, events: [event], after: deploymentWorkflow.decider.initialState });
    case environmentWorkflow.category:
      return environmentWorkflow.wakeUpsOf({ stream, events: [event], after: await environmentAt(id, version) });
    default:
      return [];
  }
}
