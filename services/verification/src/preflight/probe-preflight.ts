import { underlying, type Finding } from '@backstay/deployment';
import { maskedBy, surroundingsOf, type StepGround } from '@backstay/steps';
import { unlessLeft, type Commands, type Context } from '../running.ts';
import { documentFindings } from './document-findings.ts';
import { reachability } from './reachability.ts';

/** Whether the document's checks can be made here, before anything is touched. */
export async function probePreflight(ground: StepGround, context: Context): Promise<Commands> {
  const whole = underlying(context.state);
  if (whole.status !== 'planning' || whole.drafted === null || whole.claim === null) return [];
  const surroundings = surroundingsOf(ground, context.state);
  const signal = AbortSignal.any([context.unwanted, context.detach]);
  const answers = whole.claim.running === null ? [] : await reachability(surroundings, signal);
  unlessLeft(context);
  if (context.unwanted.aborted) return [];
  const { deployment, lookup, redact } = surroundings;
  const findings = [...documentFindings(deployment.plan, lookup), ...answers].map(maskedBy(redact));
  // Nothing that cannot be checked may stand in the way of taking a version back.
  const told =
    whole.kind === 'rollback' ? findings.map((finding): Finding => ({ ...finding, blocking: false })) : findings;
  return [{ type: 'ReportPreflight', phase: 'verification', findings: told, at: context.now() }];
}
