import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looseModes, tightenDataDirectory } from './data-directory.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'backstay-data-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o7777;
function folder(path: string, mode: number): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  return path;
}

describe('a data directory', () => {
  it('is made so that others pass through it and nothing more', async () => {
    const made = join(home, 'a', 'data');
    expect(await tightenDataDirectory(made)).toEqual([]);
    expect(modeOf(made)).toBe(0o711);
  });

  it('of an earlier version is closed, and what was changed is said; what others need stays', async () => {
    const data = folder(join(home, 'data'), 0o755);
    const workspaces = folder(join(data, 'workspaces'), 0o755);
    const wanted = new Map([
      [data, 0o711],
      [workspaces, 0o711],
      [folder(join(workspaces, 'one'), 0o755), 0o700],
      [folder(join(data, 'commands'), 0o777), 0o700],
      [folder(join(data, 'repositories'), 0o755), 0o700],
      [folder(join(data, 'backups'), 0o750), 0o700],
      [folder(join(data, 'reserves'), 0o755), 0o700],
    ]);
    const kept = folder(join(data, 'postgres'), 0o711);
    expect(await looseModes(data)).toHaveLength(wanted.size);
    const tightened = await tightenDataDirectory(data);
    expect(new Set(tightened.map(({ path }) => path))).toEqual(new Set(wanted.keys()));
    for (const [path, mode] of wanted) expect([path, modeOf(path)]).toEqual([path, mode]);
    expect(modeOf(kept)).toBe(0o711);
    expect([await looseModes(data), await tightenDataDirectory(data)]).toEqual([[], []]);
  });

  it('that nobody else enters is not opened', async () => {
    const data = folder(join(home, 'data'), 0o700);
    expect(await tightenDataDirectory(data)).toEqual([]);
    expect(modeOf(data)).toBe(0o700);
  });

  it('that is shared on purpose is not closed', async () => {
    const data = folder(join(home, 'data'), 0o1777);
    await tightenDataDirectory(data);
    expect(modeOf(data)).toBe(0o1777);
  });
});
