import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallDisk } from '@backstay/local-platform/testing';
import { KeptFiles } from './kept-files.ts';
import { isReserveAdvisory, RollbackReserve } from './rollback-reserve.ts';

const bytes = 3 * 512 * 1024;
let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'backstay-reserve-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string) => join(directory, 'reserves', name);

describe('the reserve for rollbacks', () => {
  it('is one file of that size for each deployment, with all its blocks, until it is freed', async () => {
    const reserve = new RollbackReserve(directory, bytes);
    for (const id of ['d-1', 'd-2', 'd-1']) await reserve.take(id);
    expect(readdirSync(join(directory, 'reserves'))).toEqual(['d-1', 'd-2']);
    const { size, blocks } = statSync(file('d-1'));
    expect([size, blocks * 512]).toEqual([bytes, expect.closeTo(bytes, -4)]);
    await reserve.free('d-1');
    await reserve.free('d-1');
    expect(readdirSync(join(directory, 'reserves'))).toEqual(['d-2']);
  });

  it('that was cut off while it was taken is taken anew, and leaves nothing behind', async () => {
    const reserve = new RollbackReserve(directory, bytes);
    await reserve.take('d-1');
    writeFileSync(file('d-2.draft'), 'half');
    await reserve.take('d-2');
    expect(readdirSync(join(directory, 'reserves'))).toEqual(['d-1', 'd-2']);
    writeFileSync(file('d-2.draft'), 'half');
    await reserve.free('d-2');
    expect(readdirSync(join(directory, 'reserves'))).toEqual(['d-1']);
  });

  it('is found by housekeeping with its deployment, also the beginning of one', async () => {
    const reserve = new RollbackReserve(directory, bytes);
    await reserve.take('d/1');
    writeFileSync(file('d-2.draft'), 'half');
    writeFileSync(file('100%'), 'of somebody else');
    const kept = new KeptFiles(directory, 'rollback-reserve');
    const found = await kept.list('2999-01-01T00:00:00.000Z', '', 10);
    expect(found.map(({ id, deployment }) => [id, deployment])).toEqual([
      ['100%', null],
      ['d%2F1', 'd/1'],
      ['d-2.draft', 'd-2'],
    ]);
    for (const each of found) await kept.remove(each);
    expect(readdirSync(join(directory, 'reserves'))).toEqual([]);
  });

  it('that cannot be removed holds up nobody', async () => {
    const reserve = new RollbackReserve(directory, bytes);
    mkdirSync(join(file('d-1'), 'inside'), { recursive: true });
    await expect(reserve.free('d-1')).resolves.toBeUndefined();
  });

  it('stays in its folder, whatever a deployment is called', async () => {
    await new RollbackReserve(directory, 10).take('../x/y');
    expect(readdirSync(join(directory, 'reserves'))).toEqual(['..%2Fx%2Fy']);
  });

  it('of no bytes is none', async () => {
    await new RollbackReserve(directory, 0).take('d-1');
    expect(existsSync(file('d-1'))).toBe(false);
  });

  it.each([smallDisk(mkdtempSync(join(tmpdir(), 'backstay-small-')), 1024)].filter((disk) => disk !== null))(
    'for which there is no space is an error of the system, and leaves nothing behind',
    async (disk) => {
      try {
        await expect(new RollbackReserve(disk.path, bytes).take('d-1')).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(readdirSync(join(disk.path, 'reserves'))).toEqual([]);
      } finally {
        disk.remove();
      }
    },
  );

  it('is not called advisory where nobody can look', async () => {
    expect(await isReserveAdvisory(join(directory, 'nowhere'))).toBe(process.platform === 'darwin');
  });
});
