import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connectionOf } from './connection.ts';
import { replay } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstay-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const replayWith = (programs: string) =>
  replay({
    tools: { folder: programs, version: '15.0', major: 15 },
    connection: connectionOf('postgresql://127.0.0.1:1/nothing'),
    path: join(folder, 'none.dump'),
    contents: '',
    lockMs: 1_000,
    signal: AbortSignal.timeout(10_000),
  });

describe('a replay', () => {
  it('keeps what it selects beside the backup, so that what a crash leaves goes with it, and removes it at its end', async () => {
    const programs = mkdtempSync(join(folder, 'programs-'));
    writeFileSync(join(programs, 'psql'), '#!/bin/sh\ncat > /dev/null\n', { mode: 0o700 });
    writeFileSync(join(programs, 'pg_restore'), `#!/bin/sh\nls "${folder}" > "${programs}/seen"\n`, { mode: 0o700 });
    await replayWith(programs);
    expect(readFileSync(join(programs, 'seen'), 'utf8')).toMatch(/^none\.dump\.\S+\.contents$/m);
    expect(readdirSync(folder).filter((name) => name.startsWith('none.dump'))).toEqual([]);
  });
});

describe('a replay whose programs cannot be started', () => {
  it('fails by the name of psql', async () => {
    await expect(replayWith(join(folder, 'nowhere'))).rejects.toThrow(/^psql: spawn .* ENOENT$/);
  });

  it('fails by the name of pg_restore', async () => {
    writeFileSync(join(folder, 'psql'), '#!/bin/sh\ncat > /dev/null\n', { mode: 0o700 });
    await expect(replayWith(folder)).rejects.toThrow(/^pg_restore: spawn .* ENOENT$/);
  });
});
