import {
  failed,
  performCommand,
  performNotice,
  performRequest,
  performWait,
  succeeded,
  type StepEnd,
  type StepTask,
} from '@backstay/effects';
import type { ExecutionTask } from '../execution-task.ts';
import { performBackup } from './backup.ts';
import { performCheckout } from './checkout.ts';
import { performDelivery } from './delivery.ts';
import { performDocumentation } from './documentation.ts';
import { performEvidence } from './evidence.ts';

/** One craft for each kind of action; what belongs to another phase, or to no phase of this version, fails and says so. */
export async function performAction(task: ExecutionTask): Promise<StepEnd> {
  const { action } = task.step;
  switch (action.kind) {
    case 'run':
      return performCommand(task, action);
    case 'checkout':
      return performCheckout(task, action);
    case 'backup':
      return performBackup(task, action);
    case 'request':
      return performRequest(task, action.request);
    case 'evidence':
      return performEvidence(task, action.evidence);
    case 'deploy':
      return performDelivery(task, action);
    case 'notify':
      return performNotice(task, { ...action, text: noticeText(task) });
    case 'wait':
      return performWait(task, action.ms);
    case 'section':
      return action.section === 'documentation' ? performDocumentation(task) : notHere(`the section ${action.section}`);
    case 'not-applicable':
      return succeeded({ result: { notApplicable: action.why } });
    case 'manual':
    case 'traffic':
    case 'restore':
    case 'revert':
      return notHere(action.kind);
  }
}

function notHere(what: string): StepEnd {
  return failed(`${what} is not supported as a step of the plan in this version`);
}

function noticeText({ deployment, step }: StepTask): string {
  const { plan, request, id } = deployment;
  const by = request.requestedBy === undefined ? '' : `, asked for by ${request.requestedBy}`;
  return `${plan.service} ${plan.version} is being deployed to ${plan.environment}${by} (deployment ${id}): ${step.title}`;
}
