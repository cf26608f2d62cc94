import { activeState, type DeploymentCommand, type DeploymentState, type EffectOf } from '@backstay/deployment';

/**
 * Who was asked has not reported in time: a deployment ends before anything was touched. What takes one back goes on, as it
 * must also work while another service is down.
 */
export function expirePreflight(
  { missing }: EffectOf<'expire-preflight'>,
  state: DeploymentState,
  at: string,
): readonly DeploymentCommand[] {
  const active = activeState(state);
  const message = 'has not reported in time what it found; is its service running?';
  if (active.status !== 'none' && active.kind === 'rollback') {
    const finding = { code: 'no-report', subject: 'preflight', ok: false, blocking: false, message };
    return missing.map((phase) => ({ type: 'ReportPreflight', phase, findings: [finding], at }));
  }
  const place = { line: 1, column: 1, severity: 'error', code: 'no-report' } as const;
  const problems = missing.map((phase) => ({ ...place, message: `${phase} ${message}` }));
  return [{ type: 'RejectDeployment', because: 'preflight', problems, at }];
}
