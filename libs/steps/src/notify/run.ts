import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { keyOf, type ActionOf, type RollbackTask, type StepTask } from '../task.ts';
import { announce } from './announce.ts';

type Notify = ActionOf<'notify'>;

/** Tells a channel that the deployment goes on. */
export function tellOfStep(task: StepTask<Notify>): Promise<StepEnd> {
  const { plan, request, id } = task.deployment;
  const by = request.requestedBy === undefined ? '' : `, asked for by ${request.requestedBy}`;
  return tell(
    task,
    `${plan.service} ${plan.version} is being deployed to ${plan.environment}${by} (deployment ${id}): ${task.step.title}`,
  );
}

/** Tells a channel why the deployment is rolled back. */
export function tellOfRollback(task: RollbackTask<Notify>): Promise<StepEnd> {
  const { deployment, state, target } = task;
  const { service, version, environment } = deployment.plan;
  const to = target === null ? 'nothing ran before it' : `back to ${target.version}`;
  return tell(
    task,
    `${service} ${version} is rolled back in ${environment}, ${to}, because ${state.reason} (deployment ${deployment.id})`,
  );
}

function tell(task: StepTask<Notify>, text: string): Promise<StepEnd> {
  const { channel, about } = task.step.action;
  return withinTime(task, async (signal) => {
    const announcement = { id: keyOf(task), kind: about, channel, text };
    const { delivered, detail } = await announce(announcement, task.deployment, task.context, signal);
    signal.throwIfAborted();
    const facts = { result: { delivered, channel, detail } };
    return delivered ? succeeded(facts) : failed(`not delivered to ${channel}: ${detail}`, facts);
  });
}
