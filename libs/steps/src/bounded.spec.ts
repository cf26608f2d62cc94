import { describe, expect, it } from 'vitest';
import { NotReady } from '@backstay/deployers';
import { BackupFailed } from '@backstay/database';
import { SupervisorFailed } from '@backstay/hosts';
import { failedBy, PlatformLacks, withinTime } from './bounded.ts';
import type { StepTask } from './task.ts';

const never = new AbortController().signal;
const taskOf = (timeoutMs: number) =>
  ({
    context: { secrets: 'env', dataDir: '/var/lib/backstay', provided: { API_KEY: 's3cr3t-of-orders' } },
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

describe('what the platform could not do', () => {
  const ofSystem = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more });

  it.each([
    ['no space below the data directory', ofSystem('ENOSPC', { path: '/var/lib/backstay/workspaces/d-1' }), 'ENOSPC'],
    ['no space for what is open there', ofSystem('ENOSPC', { syscall: 'write' }), 'ENOSPC'],
    [
      'no space for what is copied there',
      ofSystem('ENOSPC', { path: '/srv/source', dest: '/var/lib/backstay/workspaces/d-1/source' }),
      'ENOSPC',
    ],
    ['a quota', ofSystem('EDQUOT', { path: '/x', dest: '/var/lib/backstay/backups/b' }), 'EDQUOT'],
    ['a disk that was made read-only', ofSystem('EROFS', { path: '/var/lib/backstay/commands' }), 'EROFS'],
    ['no descriptor', ofSystem('EMFILE', { path: '/srv/app' }), 'EMFILE'],
    ['no process', ofSystem('EAGAIN', { syscall: 'spawn' }), 'EAGAIN'],
    ['no space for a dump', new BackupFailed('pg_dump: could not write to file: No space left on device'), 'ENOSPC'],
  ])('does not fail the step: %s', async (_, error, code) => {
    const lacking = withinTime(taskOf(60_000), () => Promise.reject(error));
    await expect(lacking).rejects.toBeInstanceOf(PlatformLacks);
    await expect(lacking).rejects.toMatchObject({ code });
    expect(() => failedBy(error, taskOf(1))).toThrow(PlatformLacks);
  });

  it('is a supervisor that cannot begin', async () => {
    const failed = new SupervisorFailed(
      "the command's supervisor cannot begin: ENOSPC: no space left on device, mkdir",
    );
    await expect(withinTime(taskOf(60_000), () => Promise.reject(failed))).rejects.toBe(failed);
    expect(failed.code).toBe('ENOSPC');
    expect(new SupervisorFailed('5 claims were given back').code).toBeUndefined();
  });

  it.each([
    ['a full disk of the service', ofSystem('ENOSPC', { path: '/srv/orders/releases/2' })],
    ['a directory that only begins alike', ofSystem('ENOSPC', { path: '/var/lib/backstay-2/x' })],
    [
      'a full disk of the service that is copied to from here',
      ofSystem('ENOSPC', { path: '/var/lib/backstay/workspaces/d-1/a', dest: '/srv/orders/releases/2/a' }),
    ],
    ['a full disk of the database server', new BackupFailed('ERROR: could not extend file: No space left on device')],
    [
      'a full disk on which the database server sorts',
      new BackupFailed(
        'pg_dump: pg_dump: error: query failed: ERROR: could not write to file "base/pgsql_tmp/1": No space left on device',
      ),
    ],
    ['a file that is not there', ofSystem('ENOENT', { path: '/var/lib/backstay/workspaces/d-1/x' })],
  ])('is not %s', async (_, error) => {
    expect(await withinTime(taskOf(60_000), () => Promise.reject(error))).toMatchObject({
      outcome: { status: 'failed' },
    });
  });
});
