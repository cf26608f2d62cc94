import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Platform } from '@backstay/service-kit';
import { Repositories } from './repositories.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstay-repositories-'));
const repository = join(folder, 'orders-api');
const wanted = { repository, ref: 'main', line: 7 };
const warn = vi.fn<(...texts: unknown[]) => void>();
const platformIn = (dataDir: string) =>
  ({ settings: { BACKSTAY_DATA_DIR: dataDir }, logger: { warn } }) as unknown as Platform;

beforeAll(() => {
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  execFileSync('git', ['-C', repository, ...author, 'commit', '-q', '--allow-empty', '-m', 'one']);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('repositories', () => {
  it('are read a few at a time, and whoever comes then gets that reason', async () => {
    const repositories = new Repositories(platformIn(join(folder, 'few')));
    const looks = await Promise.all([1, 2, 3, 4, 5].map(() => repositories.look(wanted)));
    expect(looks.map(({ kind }) => kind)).toEqual(['read', 'read', 'read', 'read', 'not-read']);
    expect(await repositories.look(wanted)).toMatchObject({ kind: 'read', bindings: undefined });
  });

  it('are given up after a while, which is distinguished from a repository that is wrong', async () => {
    const repositories = new Repositories(platformIn(join(folder, 'short')), 1);
    expect(await repositories.look(wanted)).toEqual({ kind: 'not-read', why: 'it was not read within 1 ms' });
    const patient = new Repositories(platformIn(join(folder, 'long')));
    expect(await patient.look({ ...wanted, ref: 'v9' })).toMatchObject({ kind: 'refused', problems: [{ line: 7 }] });
  });

  it('leave a word in the log where this platform itself cannot read them', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await new Repositories(platformIn(file)).look(wanted)).toMatchObject({ kind: 'not-read' });
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
