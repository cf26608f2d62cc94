import { isEnded, problemsOfRehearsal, type DeploymentCommand, type Known } from '@backstay/deployment';
import type { Problem } from '@backstay/document';
import type { DeploymentContext, Platform } from '@backstay/service-kit';
import { draftDocument } from './draft-document.ts';
import { draftJsonPlan } from './draft-json-plan.ts';
import { Problems } from './problems.ts';

/** Turns the request into a plan with its exact commit, or into a rejection with every problem at once. */
export async function draftPlan(
  platform: Platform,
  { state, now }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  if (state.status === 'none') return [];
  try {
    return [rehearsable(state, await draft(platform, state))];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return [{ type: 'RejectDeployment', because: 'document', problems: error.problems, at: now() }];
  }
}

async function draft(platform: Platform, known: Known): Promise<DeploymentCommand> {
  if (known.kind === 'rollback') return draftTakingBack(platform, known);
  const { document, plan } = known.request;
  if (plan !== undefined) return draftJsonPlan(platform, known, plan);
  return draftDocument(platform, known, document ?? '');
}

function rehearsable({ kind }: Known, drafted: DeploymentCommand): DeploymentCommand {
  const problems = kind === 'rehearsal' && drafted.type === 'DraftPlan' ? problemsOfRehearsal(drafted.plan) : [];
  if (problems.length > 0) throw new Problems(problems);
  return drafted;
}

/** The plan of a succeeded deployment, with all that it recorded: its rollback asks the changed world nothing. */
async function draftTakingBack(platform: Platform, { of }: Known): Promise<DeploymentCommand> {
  const { state } = await platform.deployments.load(of ?? '');
  if (!isEnded(state) || state.status !== 'succeeded' || state.drafted === null || state.rollbackPoint === null) {
    throw new Problems([
      problem('not-succeeded', `deployment ${of ?? '?'} is ${state.status}; only a succeeded one can be taken back`),
    ]);
  }
  const { plan, digest: planDigest, commit } = state.drafted;
  const inherited = { deployment: state.id, rollbackPoint: state.rollbackPoint, steps: state.steps };
  return { type: 'DraftPlan', plan, digest: planDigest, commit, warnings: [], inherited };
}

function problem(code: string, message: string): Problem {
  return { line: 1, column: 1, severity: 'error', code, message };
}
