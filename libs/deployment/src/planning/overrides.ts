import type { Planning } from '../state.ts';
import type { Finding, FindingOverridden } from './events.ts';

export const isAgainst = ({ ok, blocking }: Finding): boolean => !ok && blocking;

/** Who asked: a claim where it is given, else where the request came from. */
export function requesterOf({ request, origin }: Planning): string {
  return request.requestedBy ?? origin.source;
}

/** Parts findings that block into those that still do, and those that the request overrides as the profile allows. */
export function withOverrides(
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
