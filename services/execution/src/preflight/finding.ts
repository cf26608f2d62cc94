import type { Finding } from '@backstay/deployment';

/** Stable names of what this preflight looks at. */
export type FindingCode =
  | 'missing-variable'
  | 'missing-secret'
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

type Facts = Pick<Finding, 'subject' | 'message' | 'line'>;

export const fine = (code: FindingCode, facts: Facts): Finding => ({ code, ok: true, blocking: false, ...facts });
export const blocking = (code: FindingCode, facts: Facts): Finding => ({ code, ok: false, blocking: true, ...facts });
export const warning = (code: FindingCode, facts: Facts): Finding => ({ code, ok: false, blocking: false, ...facts });
