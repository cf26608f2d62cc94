import { describe, expect, it } from 'vitest';
import type { DeploymentCommand } from '@backstay/deployment';
import { redactedCommand } from './redacted.ts';

const redact = (text: string) => text.replaceAll('s3cr3t-0', '***');
const at = 's3cr3t-0';

describe('what a handler reports', () => {
  it('holds no secret in any text, however deep; names and words of the record stay, also where a secret is the same', () => {
    const command = {
      type: 'CompleteStep',
      step: 'deploy.1',
      host: 's3cr3t-0',
      at,
      outcome: { status: 'failed', reason: 'said s3cr3t-0' },
      output: { tail: 's3cr3t-0\n', bytes: 9, sha256: 'abc', truncated: false },
      checks: [{ kind: 's3cr3t-0', title: 'a', observed: { list: ['s3cr3t-0', 1, null] } }],
    } as unknown as DeploymentCommand;
    expect(redactedCommand(command, redact)).toEqual({
      ...command,
      outcome: { status: 'failed', reason: 'said ***' },
      output: { tail: '***\n', bytes: 9, sha256: 'abc', truncated: false },
      checks: [{ kind: 's3cr3t-0', title: 'a', observed: { list: ['***', 1, null] } }],
    });
  });

  it('keeps a plan as it is', () => {
    const command = { type: 'PlanRollback', steps: ['s3cr3t-0'] } as unknown as DeploymentCommand;
    expect(redactedCommand(command, redact)).toBe(command);
  });
});
