import { describe, expect, it } from 'vitest';
import { NotReady } from '@backstay/deployers';
import { withinTime } from './bounded.ts';
import type { StepTask } from './task.ts';

const never = new AbortController().signal;
const taskOf = (timeoutMs: number) =>
  ({
    context: { secrets: 'env', provided: { API_KEY: 's3cr3t-of-orders' } },
    deployment: { plan: { environment: 'staging', secrets: [{ names: ['API_KEY'] }], environmentVariables: [] } },
    step: { timeoutMs },
    unwanted: never,
    detach: never,
  }) as unknown as StepTask;
const notReady = () =>
  new NotReady('2.0.0-b', 'it ended with exit code 1', '/srv/logs/b.log', 'Error: no key like s3cr3t-of-orders\nbye\n');

describe('a step that waits for a release', () => {
  it('fails with the last words of the release, without a secret', async () => {
    const end = await withinTime(taskOf(60_000), () => Promise.reject(notReady()));
    expect(end).toMatchObject({
      outcome: {
        status: 'failed',
        reason: expect.stringMatching(/it ended with exit code 1; its log is \S+; it said: Error: no key like /),
      },
    });
    expect(JSON.stringify(end)).not.toContain('s3cr3t-of-orders');
  });

  it('that did not end in time reports the last reply', async () => {
    const end = await withinTime(
      taskOf(1),
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(notReady()))),
    );
    expect(end).toMatchObject({
      outcome: { reason: expect.stringMatching(/did not end within 1 ms: the release 2.0.0-b .*: it ended with/) },
    });
  });
});
