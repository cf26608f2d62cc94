import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { whyNoSwitch } from '../libs/hosts/src/account.ts';
import { phases } from '../libs/deployment/src/phase.ts';

const root = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly init?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly volumes: readonly string[];
}
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true, maxAliasCount: 50 });
const { services } = compose as { readonly services: Readonly<Record<string, Service>> };

/** The last stage: what runs. Lines that go on are one. */
const [, ...instructions] = dockerfile
  .slice(dockerfile.lastIndexOf('\nFROM'))
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));
const withWord = (word: string) => instructions.filter((line) => line.startsWith(`${word} `));
const settings = Object.fromEntries(
  withWord('ENV').flatMap((line) =>
    [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  ),
);

describe('the image', () => {
  it('has a user for steps, who is the default, and whose home is nobody else’s', () => {
    const [made = ''] = withWord('RUN').filter((line) => line.includes('useradd'));
    expect(settings['BACKSTAY_RUN_AS']).toBe('backstay-steps');
    expect(made).toMatch(/useradd [^&]*--home-dir \/home\/backstay-steps [^&]*backstay-steps(?: |$)/);
    expect(made).toContain('chmod 0700 /home/backstay-steps');
  });

  it('starts services as root, which may switch to that user, in a data directory that others pass through', () => {
    expect(withWord('USER')).toEqual([]);
    expect(settings['BACKSTAY_DATA_DIR']).toBe('/var/lib/backstay');
    expect(dockerfile).toContain('install --directory --mode=0711 /var/lib/backstay');
  });
});

describe('the compose file', () => {
  const needed = /without (.*)$/
    .exec(whyNoSwitch({ uid: 1, gid: 1 }, { uid: 0, gid: 0, capabilities: 0n }) ?? '')?.[1]
    ?.split(', ')
    .map((name) => name.replace('CAP_', ''));

  it.each([...phases])(
    'gives %s the rights to run steps as another user, and to find what leaves them, and no others',
    (name) => {
      const { environment, ...service } = services[name];
      expect(service.user).toBeUndefined();
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.cap_add).toEqual([...needed!, 'SYS_PTRACE']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
      expect(service.init).toBe(true);
      expect(service.volumes).toContain('data:/var/lib/backstay');
      expect(environment['BACKSTAY_RUN_AS']).toBe('${BACKSTAY_RUN_AS-backstay-steps}');
    },
  );

  it('gives the API, which runs no steps, no rights and no folder of theirs', () => {
    const { environment, ...service } = services['operator-api'];
    expect(service).toMatchObject({ user: 'backstay', cap_drop: ['ALL'], cap_add: [] });
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(environment['BACKSTAY_DATA_DIR']).toBe('/var/lib/backstay-api');
    expect(service.volumes.map((volume) => volume.split(':')[1])).toEqual(['/var/lib/backstay-api', '/etc/backstay']);
    expect(dockerfile).toContain(`--owner=backstay --group=backstay /var/lib/backstay-api`);
  });
});
