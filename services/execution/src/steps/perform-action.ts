import { underlying, weightsBefore, type RecordedWeights } from '@backstay/deployment';
import {
  failed,
  performCommand,
  performNotice,
  performRequest,
  performTraffic,
  succeeded,
  type StepEnd,
  type StepTask,
} from '@backstay/steps';
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
    case 'section':
      return action.section === 'documentation' ? performDocumentation(task) : notHere(`the section ${action.section}`);
    case 'not-applicable':
      return succeeded({ result: { notApplicable: action.why } });
    case 'traffic':
      return performTraffic(task, action, recordedBefore(task));
    // A wait is begun and completed without being performed.
    case 'wait':
    case 'manual':
    case 'weights':
    case 'restore':
    case 'revert':
      return notHere(action.kind);
  }
}

function recordedBefore({ state, step, deployment }: ExecutionTask): RecordedWeights | null {
  const whole = underlying(state);
  if (whole.status === 'none' || whole.status === 'planning') return null;
  return weightsBefore({ ...whole, plan: deployment.plan }, step);
}

function notHere(what: string): StepEnd {
  return failed(`${what} is not supported as a step of the plan in this version`);
}

function noticeText({ deployment, step }: StepTask): string {
  const { plan, request, id } = deployment;
  const by = request.requestedBy === undefined ? '' : `, asked for by ${request.requestedBy}`;
  return `${plan.service} ${plan.version} is being deployed to ${plan.environment}${by} (deployment ${id}): ${step.title}`;
}
