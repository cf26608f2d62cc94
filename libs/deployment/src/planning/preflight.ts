import type { Problem } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import type { DeploymentEvent } from '../events.ts';
import { planRestores, refusalOfRestores } from '../restores.ts';
import type { Planning } from '../state.ts';
import { hasMutated, isPastIrreversible } from '../steps.ts';
import type { Finding } from '../values.ts';
import type { FindingOverridden } from './events.ts';

/** All findings at once: one that blocks ends the deployment before anything is touched. */
export function judged(state: Planning, findings: readonly Finding[], at: string): readonly DeploymentEvent[] {
  const { against, overridden } = withOverrides(state, [...findings, ...unknownRunning(state)].filter(isAgainst));
  const problems = [...against, ...notUndoable(state), ...tooMuchLost(state, at)].map(problemOf);
  if (problems.length > 0) return [{ type: 'DeploymentRejected', data: { because: 'preflight', problems, at } }];
  const { drafted, claim } = state;
  if (drafted === null || claim === null) throw new Rejection('not-drafted', 'a preflight needs a plan and a claim');
  const { service, version, environment } = drafted.plan;
  const planned: DeploymentEvent = {
    type: 'DeploymentPlanned',
    data: { digest: drafted.digest, service, version, environment, previous: claim.running, at },
  };
  return [...overridden, planned, ...(state.kind === 'rollback' ? [takenBack(state, at)] : [])];
}

/** Where an earlier deployment ended half way, what runs must be looked at before anything is built on it. */
function unknownRunning({ claim }: Planning): readonly Finding[] {
  if (claim?.uncertain === undefined) return [];
  const message =
    `deployment ${claim.uncertain} ended half way and nobody recorded what runs now: ` +
    'adopt it, or deploy with an override of `unknown-running`';
  return [{ code: 'unknown-running', subject: 'what runs', ok: false, blocking: true, message }];
}

/** A rollback of its own takes back what another deployment did and what still runs, and nothing that is irreversible. */
function notUndoable({ kind, of, drafted, claim }: Planning): readonly Finding[] {
  if (kind !== 'rollback' || drafted === null) return [];
  const finding = (message: string): readonly Finding[] => [
    { code: 'no-way-back', subject: 'rollback', ok: false, blocking: true, message },
  ];
  const { inherited } = drafted;
  if (inherited === null || !hasMutated(inherited)) return finding('nothing is recorded that it could take back');
  if (claim?.running?.deployment !== of) {
    const runs = claim?.running == null ? 'nothing known' : `version ${claim.running.version}`;
    return finding(`deployment ${of ?? '?'} no longer runs; ${runs} runs now`);
  }
  return isPastIrreversible({ drafted, steps: inherited.steps })
    ? finding('a step that cannot be undone was performed')
    : [];
}

/** A loss of data that neither the document nor the profile accepts is refused while nothing is touched. */
function tooMuchLost({ kind, drafted }: Planning, at: string): readonly Finding[] {
  if (kind !== 'rollback' || drafted?.inherited == null) return [];
  const message = refusalOfRestores(planRestores({ drafted, ...drafted.inherited }, at).restores);
  return message === null ? [] : [{ code: 'data-loss', subject: 'rollback', ok: false, blocking: true, message }];
}

/** Rolling back a succeeded deployment is a deployment whose only act is the rollback. */
function takenBack(state: Planning, at: string): DeploymentEvent {
  const { request, origin } = state;
  const reason = request.reason ?? 'requested manually';
  // Whoever takes it back was known when the request was made: only this platform makes such requests.
  const by = request.requestedBy ?? origin.source;
  return {
    type: 'RollbackTriggered',
    data: { trigger: { kind: 'manual', text: reason, line: null, by }, reason, fromStatus: 'succeeded', at },
  };
}

function problemOf({ code, subject, message, line }: Finding): Problem {
  return { line: line ?? 1, column: 1, severity: 'error', code, message: `${subject}: ${message}` };
}

const isAgainst = ({ ok, blocking }: Finding): boolean => !ok && blocking;

/** Who requested it: the publisher, else the source. A name that the request holds is a claim behind it, or in its place where both are. */
function requesterOf({ request: { requestedBy }, origin: { publisher, source, claimed } }: Planning): string {
  const who = publisher ?? source;
  if (claimed === true) return `${requestedBy ?? who} (claimed)`;
  return requestedBy === undefined ? who : `${who} for ${requestedBy} (claimed)`;
}

/** Parts findings that block into those that still do, and those that the request overrides as the profile allows. */
function withOverrides(
  state: Planning,
  findings: readonly Finding[],
): { readonly against: readonly Finding[]; readonly overridden: readonly FindingOverridden[] } {
  const allowed = state.drafted?.plan.overridable ?? [];
  const reasons = new Map((state.request.overrides ?? []).map(({ code, reason }) => [code, reason]));
  const isOverridden = ({ code }: Finding): boolean => reasons.has(code) && allowed.includes(code);
  const by = requesterOf(state);
  return {
    against: findings
      .filter((finding) => !isOverridden(finding))
      .map((finding) => (reasons.has(finding.code) ? refused(finding) : finding)),
    overridden: findings.filter(isOverridden).map(({ code, subject, message }) => ({
      type: 'FindingOverridden',
      data: { code, subject, message, reason: reasons.get(code) ?? '', by },
    })),
  };
}

function refused(finding: Finding): Finding {
  return { ...finding, message: `${finding.message}; the profile does not allow overriding ${finding.code}` };
}
