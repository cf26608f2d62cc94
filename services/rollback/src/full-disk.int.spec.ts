import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallDisk } from '@backstay/local-platform/testing';
import { rollbackReserveOf } from '@backstay/service-kit';
import { planOf, run, world } from './rollback.test-support.ts';

const here = world();

/** Whether a disk can be made here; it is removed at once. */
function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'backstay-small-'));
  const disk = smallDisk(path, 64);
  disk?.remove();
  rmSync(path, { recursive: true, force: true });
  return disk !== null;
}

const file = (name: string) => join(here.dataDir, name);

/** Writes until there is no space left. */
function fill(path: string): void {
  const piece = Buffer.alloc(4096, 1);
  const opened = openSync(path, 'w');
  try {
    for (;;) writeSync(opened, piece);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(opened);
  }
}

const mountable = canMount();
const reason = mountable ? '' : ' (skipped: nothing can be mounted here, which takes root)';

describe('a rollback on a full disk', () => {
  it.skipIf(!mountable)(`frees its reserve, and its undo runs in that space and is recorded${reason}`, async () => {
    const disk = smallDisk(here.dataDir, 8 * 1024)!;
    try {
      const bytes = 512 * 1024;
      const text = `head -c ${bytes} /dev/zero > ${file('undone')} && echo undone`;
      const commands = [{ text, argv: ['sh', '-c', text] }];
      const id = await here.planned(
        planOf([run('deploy.1', 'true', { undo: { kind: 'run', shell: true, commands } })]),
      );
      await rollbackReserveOf(here.platform).take(id);
      await here.perform(id, 'deploy.1');
      fill(file('filling'));
      await here.trigger(id);
      await here.start();
      const { status } = await here.until(id, (state) => /^rolled-back|^rollback-failed|^held/.test(state.status));
      expect(status).toBe('rolled-back-unverified');
      expect(statSync(file('undone')).size).toBe(bytes);
      expect(existsSync(file(`reserves/${id}`))).toBe(false);
      expect((await here.types(id)).filter((type) => type.startsWith('Step')).slice(-2)).toEqual([
        'StepStarted',
        'StepSucceeded',
      ]);
    } finally {
      await here.stopAll();
      disk.remove();
    }
  });
});
