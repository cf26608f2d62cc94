import type { Finding } from '@backstay/deployment';

/** Stable names of what the preflight of the execution looks at. */
export type FindingCode =
  | 'missing-variable'
  | 'missing-secret'
  | 'short-secret'
  | 'public-secret'
  | 'dependency'
  | 'evidence'
  | 'logs'
  | 'disk'
  | 'tool'
  | 'rollback-target'
  | 'quarantined'
  | 'channel'
  | 'traffic'
  | 'not-allowed'
  | 'repository';

/** Nobody overrides it: no step could run. */
type FirmCode = 'run-as';
type Code = FindingCode | FirmCode;

type Details = Pick<Finding, 'subject' | 'message' | 'line'>;

export const fine = (code: Code, details: Details): Finding => ({ code, ok: true, blocking: false, ...details });
export const blocking = (code: Code, details: Details): Finding => ({
  code,
  ok: false,
  blocking: true,
  ...details,
});
export const warning = (code: Code, details: Details): Finding => ({
  code,
  ok: false,
  blocking: false,
  ...details,
});

/** A finding as it may be recorded: hosts, paths and replies in it may hold what a name stands for. */
export const maskedBy =
  (redact: (text: string) => string) =>
  (finding: Finding): Finding => ({ ...finding, subject: redact(finding.subject), message: redact(finding.message) });
