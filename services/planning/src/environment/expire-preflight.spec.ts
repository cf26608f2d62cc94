import { describe, expect, it } from 'vitest';
import type { DeploymentState } from '@backstay/deployment';
import { expirePreflight } from './expire-preflight.ts';

const at = '2026-01-01T00:00:00.000Z';
const effect = { kind: 'expire-preflight', missing: ['verification', 'monitoring'] } as const;
const planningOf = (kind: 'deployment' | 'rollback') => ({ status: 'planning', kind }) as unknown as DeploymentState;

describe('a preflight that was waited for in vain', () => {
  it('ends a deployment, and names who has not reported', () => {
    expect(expirePreflight(effect, planningOf('deployment'), at)).toMatchObject([
      {
        type: 'RejectDeployment',
        because: 'preflight',
        problems: [
          { code: 'no-report', message: expect.stringMatching(/^verification has not reported/) },
          { code: 'no-report', message: expect.stringMatching(/^monitoring has not reported/) },
        ],
      },
    ]);
  });

  it('does not hold up a rollback', () => {
    expect(expirePreflight(effect, planningOf('rollback'), at)).toMatchObject([
      { type: 'ReportPreflight', phase: 'verification', findings: [{ ok: false, blocking: false }] },
      { type: 'ReportPreflight', phase: 'monitoring', findings: [{ ok: false, blocking: false }] },
    ]);
  });
});
