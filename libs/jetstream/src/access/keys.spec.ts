import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { nkeys } from '@nats-io/transport-node';
import { serviceNames } from './access.ts';
import { keepKeys, seedFile } from './keys.ts';

describe('the folder of keys', () => {
  let directory: string;
  beforeEach(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'backstay-keys-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    directory = join(parent, 'nats', 'keys');
  });
  const seedOf = async (file: string) => (await readFile(file, 'utf8')).trim();
  const publicOf = (seed: string) => nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();

  it('gets a seed for each service, publisher and reader, which its owner alone may read', async () => {
    const { made, accounts } = await keepKeys(directory, { publishers: ['ci'], readers: ['dashboard'] });
    expect(made).toEqual([
      ...serviceNames.map((name) => seedFile(directory, 'services', name)),
      seedFile(directory, 'publishers', 'ci'),
      seedFile(directory, 'readers', 'dashboard'),
    ]);
    for (const file of made) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const seed = await seedOf(file);
      expect(accounts).toContain(publicOf(seed));
      expect(accounts).not.toContain(seed);
    }
    expect((await stat(join(directory, 'services'))).mode & 0o777).toBe(0o700);
    // The user of nats-server reads them.
    for (const open of ['.', 'accounts.conf']) expect((await stat(join(directory, open))).mode & 0o044).toBe(0o044);
  });

  it('gives each publisher an account of its own, into which its one subject and the replies to it come, and nothing else', async () => {
    const { accounts, keys } = await keepKeys(directory, { publishers: ['ci', 'release-train'] });
    for (const name of ['ci', 'release-train']) {
      const [, account] = accounts.split(`publisher-${name} {`);
      const own = account!.slice(0, account!.indexOf('\n  }'));
      expect(own).toContain(keys.publishers[name]);
      expect(own.match(/subject: ".*?"/g)).toEqual([
        `subject: "backstay.deploy-requested.${name}"`,
        `subject: "backstay.deploy-replies.${name}.>"`,
      ]);
      expect(accounts).toContain(`{ stream: "backstay.deploy-replies.${name}.>", accounts: ["publisher-${name}"] }`);
      expect(own.match(/publish: \[.*?\]/g)).toEqual([`publish: ["backstay.deploy-requested.${name}"]`]);
    }
  });

  it('keeps what is there, and has all of it in the accounts', async () => {
    const first = await keepKeys(directory, { publishers: ['ci'] });
    const again = await keepKeys(directory, { publishers: ['release-train'] });
    expect(again.made).toEqual([seedFile(directory, 'publishers', 'release-train')]);
    expect(again.keys.services).toEqual(first.keys.services);
    expect(Object.keys(again.keys.publishers)).toEqual(['ci', 'release-train']);
    expect(await readFile(join(directory, 'accounts.conf'), 'utf8')).toBe(again.accounts);
  });

  it('withdraws who has no file any more', async () => {
    await keepKeys(directory, { publishers: ['ci'] });
    await rm(seedFile(directory, 'publishers', 'ci'));
    expect((await keepKeys(directory)).keys.publishers).toEqual({});
  });

  it('has environment files of services where they are wanted', async () => {
    const { keys } = await keepKeys(directory, { asEnvironment: true });
    expect((await readdir(join(directory, 'services'))).toSorted()).toEqual(
      serviceNames.map((name) => `${name}.env`).toSorted(),
    );
    const [, seed] = /^BACKSTAY_NATS_SEED=(SU\w{56})\n$/.exec(
      await readFile(join(directory, 'services/planning.env'), 'utf8'),
    )!;
    expect(publicOf(seed!)).toBe(keys.services.planning);
    expect((await keepKeys(directory)).made).toEqual([]);
  });

  it('takes the public key of a publisher who keeps the seed', async () => {
    await keepKeys(directory);
    const key = nkeys.createUser().getPublicKey();
    await writeFile(join(directory, 'publishers/ci.pub'), `${key}\n`);
    expect((await keepKeys(directory, { publishers: ['ci'] })).keys.publishers).toEqual({ ci: key });
  });

  it.each(['a.b', '*', '>', 'a b', '', '../ci'])('has no publisher named %j', async (name) => {
    await expect(keepKeys(directory, { publishers: [name] })).rejects.toThrow('is not a name');
    await keepKeys(directory);
    await writeFile(join(directory, 'readers', 'x}.pub'), nkeys.createUser().getPublicKey());
    await expect(keepKeys(directory)).rejects.toThrow('is not a name');
  });

  it('refuses a file that holds no key, by its path and without its content', async () => {
    await keepKeys(directory);
    await writeFile(seedFile(directory, 'publishers', 'ci'), 'hunter2');
    await expect(keepKeys(directory)).rejects.toThrow(/publishers\/ci\.nk holds no nkey$/);
  });
});
