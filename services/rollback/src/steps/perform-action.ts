import type { DeploymentState, ReleaseRef } from '@backstay/deployment';
import {
  failed,
  performCommand,
  performNotice,
  performRequest,
  performTraffic,
  performWeights,
  succeeded,
  withinTime,
  type StepEnd,
  type StepTask,
} from '@backstay/steps';
import type { Section } from '@backstay/document';
import type { Platform } from '@backstay/service-kit';
import { checkRestored } from '../restoration.ts';
import { performRestore } from './restore.ts';
import { performRevert } from './revert.ts';

/** A step of a rollback, with what is gone back to; null: nothing ran before. */
export interface RollbackTask extends StepTask {
  readonly state: Extract<DeploymentState, { status: 'rolling-back' }>;
  readonly target: ReleaseRef | null;
  readonly deployments: Platform['deployments'];
}

export async function performAction(task: RollbackTask): Promise<StepEnd> {
  const { action } = task.step;
  switch (action.kind) {
    case 'run':
      return performCommand(task, action);
    case 'request':
      return performRequest(task, action.request);
    case 'notify':
      return performNotice(task, { ...action, text: noticeText(task) });
    case 'traffic':
      return performTraffic(task, action, null);
    case 'weights':
      return performWeights(task, action);
    case 'revert':
      return performRevert(task, action.part);
    case 'restore':
      return performRestore(task, action);
    case 'section':
      return performSection(task, action.section);
    case 'not-applicable':
      return succeeded({ result: { notApplicable: action.why } });
    // A wait is begun and completed without being performed.
    case 'wait':
    case 'checkout':
    case 'backup':
    case 'evidence':
    case 'deploy':
    case 'manual':
      return failed(`${action.kind} is not supported as a step of a rollback in this version`);
  }
}

function performSection(task: RollbackTask, section: Section): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    if (section === 'dashboards' || section === 'documentation')
      return failed(`the section ${section} is not supported as a step of a rollback in this version`);
    const checks = await checkRestored(task, task.ground, task.state, [section], signal);
    signal.throwIfAborted();
    if (checks.length === 0) return failed('nothing was checked');
    const problems = checks
      .filter(({ passed }) => !passed)
      .map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`);
    return problems.length === 0 ? succeeded({ checks }) : failed(problems.join('; '), { checks });
  });
}

function noticeText({ deployment, state, target }: RollbackTask): string {
  const { service, version, environment } = deployment.plan;
  const to = target === null ? 'nothing ran before it' : `back to ${target.version}`;
  return `${service} ${version} is rolled back in ${environment}, ${to}, because ${state.reason} (deployment ${deployment.id})`;
}
