import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { closeDataDirectory } from './close-data-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'backstay-open-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function logOf(place: string): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  await closeDataDirectory(place, pino({ base: null }, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a data directory at the start of a service', () => {
  it('is closed to others, and one line of the log names what was open, with the modes before and since', async () => {
    const backups = join(directory, 'backups');
    mkdirSync(backups);
    chmodSync(directory, 0o755);
    chmodSync(backups, 0o750);
    expect(await logOf(directory)).toMatchObject([
      {
        level: 40,
        msg: 'others could look into the data directory: tightened',
        directory,
        tightened: [
          { path: directory, mode: '0755', wanted: '0711' },
          { path: backups, mode: '0750', wanted: '0700' },
        ],
      },
    ]);
    expect([directory, backups].map((path) => statSync(path).mode & 0o777)).toEqual([0o711, 0o700]);
    expect(await logOf(directory)).toEqual([]);
  });

  it('is as it is where it cannot be made, which the log says, and ends no service', async () => {
    const nowhere = join(directory, 'file', 'data');
    writeFileSync(join(directory, 'file'), '');
    expect(await logOf(nowhere)).toMatchObject([
      { level: 40, msg: expect.stringContaining('its modes cannot be set'), directory: nowhere },
    ]);
  });
});
