import { describe, expect, it } from 'vitest';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backstay, inFolder } from '../testing/world.test-support.ts';

const needed = [
  '--name',
  'greeter',
  '--release',
  '1.0.0',
  '--repository',
  '/srv/git/greeter',
  '--start',
  'node server.mjs',
];
const everything = [
  ...needed,
  '--build=npm ci',
  '--migrate=node migrate.mjs "up now"',
  '--migrate-down=node migrate.mjs down',
  '--cache',
  '--port=9000',
  '--ref=main',
  '--root=/opt/it',
  '--environment=pre-production',
];

describe('backstay init', () => {
  it.each([
    ['what is needed', needed],
    ['everything', everything],
  ])('writes from %s what lints clean and plans without a blocker', async (_name, flags) => {
    await inFolder(async (directory) => {
      const begun = await backstay(['init', 'deploy', ...flags, '--json'], { directory });
      expect([begun.code, begun.err]).toEqual([0, '']);
      expect(JSON.parse(begun.out)).toEqual({
        ok: true,
        files: ['deploy/deployment.md', 'deploy/.backstay.yaml', 'deploy/environments.yaml'],
      });
      const lint = await backstay(['lint', 'deploy/deployment.md', '--json'], { directory });
      const { problems } = JSON.parse(lint.out) as { problems: { code: string }[] };
      expect(problems.filter(({ code }) => code !== 'needs-context')).toEqual([]);
      const plan = await backstay(
        ['plan', 'deploy/deployment.md', '--environments', 'deploy/environments.yaml', '--json'],
        { directory },
      );
      expect(JSON.parse(plan.out)).toMatchObject({ blockers: [], warnings: [], plan: { service: 'greeter' } });
    });
  });

  it('asks nobody where there is no terminal, and names what is missing', async () => {
    const { code, err } = await backstay(['init', '--name', 'greeter']);
    expect(code).toBe(2);
    expect(err).toMatch(/needed: --release, --repository, --start/);
  });

  it('writes nothing that has a problem', async () => {
    await inFolder(async (directory) => {
      const flags = needed.map((flag) => (flag === 'greeter' ? 'The Greeter' : flag));
      const { code, out } = await backstay(['init', ...flags], { directory });
      expect(code).toBe(5);
      expect(out).toMatch(/error\[bad-name\]/);
      expect(await readdir(directory)).toEqual([]);
    });
  });

  it('replaces no file unless it is asked to', async () => {
    await inFolder(async (directory) => {
      await backstay(['init', ...needed], { directory });
      const again = needed.map((flag) => (flag === '1.0.0' ? '2.0.0' : flag));
      expect(await backstay(['init', ...again], { directory })).toMatchObject({ code: 2 });
      const document = () => readFile(join(directory, 'deployment.md'), 'utf8');
      expect(await document()).toContain('Version: 1.0.0');
      expect(await backstay(['init', ...again, '--force'], { directory })).toMatchObject({ code: 0 });
      expect(await document()).toContain('Version: 2.0.0');
    });
  });
});
