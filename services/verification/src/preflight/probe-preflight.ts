import { phaseOfStep, activeState, type DeploymentCommand, type Finding } from '@backstay/deployment';
import { deploymentIo, maskedBy, preflightOf, type StepContext } from '@backstay/steps';
import { unlessLeft, type DeploymentContext } from '@backstay/service-kit';
import { documentFindings } from './document-findings.ts';
import { reachability } from './reachability.ts';

/** Whether the document's checks can be made here, before anything is touched. */
export async function probePreflight(
  steps: StepContext,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(context.state);
  if (active.status !== 'planning' || active.drafted === null || active.claim === null) return [];
  const io = deploymentIo(steps, context.state);
  const signal = AbortSignal.any([context.unwanted, context.detach]);
  const reachable = active.claim.running === null ? [] : await reachability(io, signal);
  unlessLeft(context);
  if (context.unwanted.aborted) return [];
  const { deployment, lookup, redact } = io;
  const preflight = { context: steps, deployment, detach: context.detach };
  const own = deployment.plan.steps.filter((step) => phaseOfStep(step) === 'verification');
  const ofSteps = (await Promise.all(own.map((step) => preflightOf(step, preflight)))).flat();
  const findings = [...documentFindings(deployment.plan, lookup), ...ofSteps, ...reachable].map(maskedBy(redact));
  // Nothing that cannot be checked may stand in the way of taking a version back.
  const reported =
    active.kind === 'rollback' ? findings.map((finding): Finding => ({ ...finding, blocking: false })) : findings;
  return [{ type: 'ReportPreflight', phase: 'verification', findings: reported, at: context.now() }];
}
