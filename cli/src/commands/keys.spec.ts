import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backstay, inFolder } from '../testing/world.test-support.ts';

describe('backstay keys', () => {
  it('makes the keys of services, publishers and readers, and says where the accounts are', () =>
    inFolder(async (directory) => {
      const wanted = ['--publisher', 'ci', '--publisher', 'release-train', '--reader', 'dashboard'];
      const first = await backstay(['keys', 'nats', ...wanted], { directory });
      expect(first.code).toBe(0);
      expect(first.out.split('\n').filter((line) => line.startsWith('made '))).toHaveLength(9);
      for (const file of ['services/operator-api', 'publishers/ci', 'publishers/release-train', 'readers/dashboard'])
        expect(existsSync(join(directory, 'nats', `${file}.nk`))).toBe(true);
      expect(first.out).toContain(`written ${join(directory, 'nats/accounts.conf')}`);
      const again = await backstay(['keys', 'nats', '--json'], { directory });
      expect(JSON.parse(again.out)).toMatchObject({
        made: [],
        keys: { publishers: { ci: expect.stringMatching(/^U/) } },
      });
    }));

  it('prints no seed', () =>
    inFolder(async (directory) => {
      const { out, err } = await backstay(['keys', '.', '--publisher', 'ci', '--json'], { directory });
      const seed = readFileSync(join(directory, 'publishers/ci.nk'), 'utf8').trim();
      expect(`${out}${err}`).not.toContain(seed);
      expect(`${out}${err}`).not.toMatch(/\bSU[A-Z2-7]{56}\b/);
    }));

  it('refuses a name that would reach further than one subject', () =>
    inFolder(async (directory) => {
      const { code, err } = await backstay(['keys', '.', '--publisher', '>'], { directory });
      expect([code, err]).toEqual([2, expect.stringContaining('">" is not a name')]);
    }));
});
