import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { keyOf, type ActionOf, type RollbackTask, type StepTask } from '../task.ts';
import { announce } from './announce.ts';

type Notify = ActionOf<'notify'>;

/** Notifies a channel that the deployment goes on. */
export function notifyOfStep(task: StepTask<Notify>): Promise<StepEnd> {
  const { plan, request, id } = task.deployment;
  const by = request.requestedBy === undefined ? '' : `, asked for by ${request.requestedBy} (claimed)`;
  return describe(
    task,
    `${plan.service} ${plan.version} is being deployed to ${plan.environment}${by} (deployment ${id}): ${task.step.title}`,
  );
}

/** Notifies a channel why the deployment is rolled back. */
export function notifyOfRollback(task: RollbackTask<Notify>): Promise<StepEnd> {
  const { deployment, state, target } = task;
  const { service, version, environment } = deployment.plan;
  const to = target === null ? 'nothing ran before it' : `back to ${target.version}`;
  return describe(
    task,
    `${service} ${version} is rolled back in ${environment}, ${to}, because ${state.reason} (deployment ${deployment.id})`,
  );
}

function describe(task: StepTask<Notify>, text: string): Promise<StepEnd> {
  const { channel, about } = task.step.action;
  return withinTime(task, async (signal) => {
    const possiblyRepeated = task.attempt > 1 || task.state.steps[task.step.id]?.resumed === true;
    const announcement = { id: keyOf(task), kind: about, channel, text, possiblyRepeated };
    const { delivered, detail } = await announce(announcement, task.deployment, task.context, signal);
    signal.throwIfAborted();
    const details = { result: { delivered, channel, detail } };
    return delivered ? succeeded(details) : failed(`not delivered to ${channel}: ${detail}`, details);
  });
}
