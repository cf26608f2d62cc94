import { afterAll, describe, expect, it } from 'vitest';
import type { DeploymentCommand } from '@backstay/deployment';
import { examplePlan, foldDeployment, histories } from '@backstay/deployment/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepContext } from './context.ts';
import { redactedCommand, redactedHandlers } from './redacted.ts';

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

describe('a secret that is another one when the effect ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstay-redacted-'));
  const file = join(folder, 'secrets');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['was changed meanwhile', 'API_KEY=the-second-secret\n'],
    ['lies in a file that cannot be read any more', 'API_KEY="the-first-secret\n'],
    ['is gone', '# nothing\n'],
  ])('and %s, is masked as it was', async (_what, later) => {
    writeFileSync(file, 'API_KEY=the-first-secret\n', { mode: 0o600 });
    const secret = { title: 'key', origin: 'document', source: { line: 1 } } as const;
    const state = foldDeployment(
      histories.performing('deploy.1', examplePlan({ secrets: [{ ...secret, names: ['API_KEY'] }] })),
    );
    const steps = { secrets: `file:${file}`, provided: {}, now: () => '' } as unknown as StepContext;
    const report = { type: 'FailStep', reason: 'it said the-first-secret and the-second-secret' };
    const appended: unknown[] = [];
    const { perform } = redactedHandlers(steps, {
      perform: async (_effect: never, context: { append: (command: unknown) => Promise<unknown> }) => {
        writeFileSync(file, later);
        await context.append(report);
        return [report];
      },
    });
    const append = async (command: unknown) => appended.push(command);
    appended.push(...(await perform(undefined as never, { state, append } as never)));
    expect(appended).toHaveLength(2);
    expect(JSON.stringify(appended)).not.toContain('the-first-secret');
    expect(JSON.stringify(appended).includes('the-second-secret')).toBe(!later.includes('second'));
  });
});
