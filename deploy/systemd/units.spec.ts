import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyNoSwitch } from '../../libs/hosts/src/account.ts';
import { settingsSchema } from '../../libs/service-kit/src/config/config.ts';
import { serviceNames } from '../../libs/jetstream/src/access/access.ts';

const folder = import.meta.dirname;
const root = join(folder, '../..');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** Each directive with its values in order; an empty one takes back those before it. */
function directives(...texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const [, name = '', value = ''] of texts.join('\n').matchAll(/^(\w+)=(.*)$/gm))
    if (value === '') found[name] = [];
    else (found[name] ??= []).push(value);
  return found;
}

const template = read('backstay@.service');
const phaseUnit = directives(template);
const apiUnit = directives(template, read('backstay@operator-api.service.d/no-steps.conf'));
const target = directives(read('backstay.target'));
const words = (values: readonly string[] = []) => values.flatMap((value) => value.split(' '));
const settingsOf = ({ Environment }: typeof phaseUnit) =>
  Object.fromEntries(words(Environment).map((pair) => pair.split('=') as [string, string]));
const lastOf = (values: readonly string[] = []) => values.at(-1);

describe('the units for systemd', () => {
  it('are those of all services, each of which starts again after a failure', () => {
    expect(words(target['Wants'])).toEqual(serviceNames.map((name) => `backstay@${name}.service`));
    for (const name of serviceNames) expect(existsSync(join(root, 'services', name, 'src/main.ts'))).toBe(true);
    expect(phaseUnit).toMatchObject({
      ExecStart: ['/usr/bin/node /opt/backstay/services/%i/dist/main.js'],
      PartOf: ['backstay.target'],
      Restart: ['on-failure'],
      StartLimitIntervalSec: ['0'],
    });
  });

  it('set nothing that is no setting, and run steps as a user of their own', () => {
    const all = { ...settingsOf(phaseUnit), ...settingsOf(apiUnit) };
    const unknown = Object.keys(all).filter((name) => !Object.hasOwn(settingsSchema.shape, name));
    expect(unknown).toEqual(['NODE_ENV']);
    expect(settingsOf(phaseUnit)).toMatchObject({
      BACKSTAY_RUN_AS: 'backstay-steps',
      BACKSTAY_DATA_DIR: `/var/lib/${lastOf(phaseUnit['StateDirectory'])}`,
    });
    expect(settingsSchema.parse({ ...all, BACKSTAY_POSTGRES_URL: 'postgres://127.0.0.1' })).toMatchObject(
      Object.fromEntries(Object.entries(all).filter(([name]) => name !== 'NODE_ENV')),
    );
  });

  it('give what runs steps the rights to switch to another user, and to find what leaves them, and no others', () => {
    const needed = /without (.*)$/.exec(
      whyNoSwitch({ uid: 1, gid: 1 }, { uid: 0, gid: 0, capabilities: 0n }) ?? '',
    )?.[1];
    expect(words(phaseUnit['CapabilityBoundingSet'])).toEqual([...needed!.split(', '), 'CAP_SYS_PTRACE']);
    expect(phaseUnit).toMatchObject({
      User: ['root'],
      NoNewPrivileges: ['yes'],
      ProtectSystem: ['strict'],
      UMask: ['0077'],
      StateDirectoryMode: ['0711'],
    });
  });

  it('leave what steps began alone when a service ends, and in groups in which it is found again', () => {
    expect(phaseUnit).toMatchObject({ KillMode: ['process'], OOMPolicy: ['continue'], Delegate: ['yes'] });
    expect(phaseUnit['PrivateTmp']).toBeUndefined();
    expect(words(phaseUnit['ReadWritePaths'])).toEqual(expect.arrayContaining(['/var/lib/backstay-steps', '/tmp']));
  });

  it('give the API, which runs no steps, a user without rights, and a data directory of its own', () => {
    expect(apiUnit).toMatchObject({
      CapabilityBoundingSet: [],
      ReadWritePaths: [],
      StateDirectory: ['backstay-api'],
    });
    const last = ['User', 'Delegate', 'StateDirectoryMode'].map((name) => lastOf(apiUnit[name]));
    expect(last).toEqual(['backstay', 'no', '0700']);
    expect(settingsOf(apiUnit)).toMatchObject({
      BACKSTAY_DATA_DIR: '/var/lib/backstay-api',
      BACKSTAY_AUTH: 'token',
    });
  });

  it('pass keys and tokens as credentials, each of which a setting names', () => {
    const given = apiUnit['LoadCredential'].map((pair) => pair.split(':')[0]);
    const named = Object.values(settingsOf(apiUnit)).flatMap((value) => /^%d\/(.+)$/.exec(value)?.[1] ?? []);
    expect(given.toSorted()).toEqual(named.toSorted());
    expect(phaseUnit['LoadCredential']).toEqual(['nats.nk:/etc/backstay/nats/services/%i.nk']);
  });

  it('have their users and folders made, with the modes that they need', () => {
    const users = [...read('sysusers.conf').matchAll(/^u (\S+) - ".*" (\S+) (\S+)$/gm)].map(([, ...user]) => user);
    expect(users).toEqual([
      ['backstay', '/var/lib/backstay-api', '-'],
      ['backstay-steps', '/var/lib/backstay-steps', '/bin/sh'],
    ]);
    const folders = [...read('tmpfiles.conf').matchAll(/^d (\S+) (\S+ \S+ \S+) -$/gm)].map(([, ...each]) => each);
    expect(folders).toEqual([
      ['/etc/backstay', '0750 root backstay'],
      ['/var/lib/backstay', '0711 root root'],
      ['/var/lib/backstay-api', '0700 backstay backstay'],
      ['/var/lib/backstay-steps', '0700 backstay-steps backstay-steps'],
    ]);
  });

  it('are installed as the guide describes it', () => {
    const page = readFileSync(join(root, 'docs/operating.md'), 'utf8');
    const [, section = ''] = page.split('<a id="systemd"></a>');
    const guide = section.slice(0, section.indexOf('\n## '));
    const files = [...guide.matchAll(/deploy\/systemd\/([\w@.-]+)/g)].map(([, file = '']) => file);
    const shipped = readdirSync(folder).filter((file) => !file.endsWith('.spec.ts'));
    expect(new Set(files)).toEqual(new Set(shipped));
    const paths = [...words(Object.values(apiUnit).flat()), ...words(Object.values(phaseUnit).flat())].flatMap(
      (word) => /\/etc\/backstay\/[\w./%-]+/.exec(word)?.[0] ?? [],
    );
    expect(new Set(paths).size).toBe(5);
    for (const path of paths) expect(guide).toContain(path.replace('%i', '<service>'));
  });
});

const hasAnalyze = existsSync('/usr/bin/systemd-analyze') && existsSync('/usr/bin/node');

describe.skipIf(!hasAnalyze)('systemd itself', () => {
  it.each(['backstay@planning.service', 'backstay@operator-api.service', 'backstay.target'])(
    'understands %s',
    (unit) => {
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
        encoding: 'utf8',
      });
      // Units of the machine itself are not ours to judge.
      const problems = stderr.split('\n').filter((line) => line.includes('backstay'));
      expect({ status, problems }).toEqual({ status: 0, problems: [] });
    },
  );
});
