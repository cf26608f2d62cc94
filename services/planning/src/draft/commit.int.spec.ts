import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Known } from '@backstay/deployment';
import type { Platform } from '@backstay/service-kit';
import { revisionOf } from './commit.ts';

const nobody = 65534;
let folder: string;
let repository: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstay-commit-'));
  repository = join(folder, 'repository');
  git('init', '--quiet', '--initial-branch=main', repository);
});
afterEach(() => vi.unstubAllEnvs());
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' });
const dataDir = () => join(folder, 'data');
const workspace = (...path: string[]) => join(dataDir(), 'workspaces', 'shared', ...path);

function commit(content: string): void {
  writeFileSync(join(repository, 'file'), content);
  const as = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  git('-C', repository, 'add', '.');
  git('-C', repository, ...as, 'commit', '--quiet', '-m', content);
}

function checkedOut() {
  const platform = { settings: { BACKSTAY_DATA_DIR: dataDir() } } as Platform;
  const known = { id: 'd1', request: { workspace: 'shared' } } as Known;
  return revisionOf(platform, known, repository, 'main', 1);
}

describe('the commit that planning checks out', () => {
  it('lies in a workspace that nobody else looks into', async () => {
    commit('one');
    await checkedOut();
    expect(readFileSync(workspace('source', 'file'), 'utf8')).toBe('one');
    expect(statSync(workspace()).mode & 0o777).toBe(0o700);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'is put into the workspace of another user with the rights of that user',
    async () => {
      commit('one');
      await checkedOut();
      execFileSync('chmod', ['0711', folder, dataDir(), join(dataDir(), 'workspaces')]);
      execFileSync('chown', ['-R', `${nobody}:${nobody}`, workspace()]);
      const [who, hook] = [workspace('who'), workspace('hook')];
      writeFileSync(hook, `#!/bin/sh\nid -u >> ${who}; env >> ${who}.env\n`, { mode: 0o755 });
      chownSync(hook, nobody, nobody);
      git('config', '--file', workspace('source', '.git', 'config'), 'core.fsmonitor', hook);
      chownSync(workspace('source', '.git', 'config'), nobody, nobody);
      commit('two');
      vi.stubEnv('https_proxy', 'http://user:password@proxy.example');
      await checkedOut();
      expect(readFileSync(`${who}.env`, 'utf8')).not.toContain('password');
      expect(readFileSync(workspace('source', 'file'), 'utf8')).toBe('two');
      expect(statSync(workspace('source', 'file')).uid).toBe(nobody);
      const users = existsSync(who) ? readFileSync(who, 'utf8').trim().split('\n') : [];
      expect(new Set(users)).toEqual(new Set([`${nobody}`]));
    },
  );
});
