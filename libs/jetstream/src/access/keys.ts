import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { isPublisherName } from '../intake/publisher.ts';
import { serviceNames, type ServiceName } from './access.ts';
import { serverAccounts, type PublicKeys } from './server-configuration.ts';

/** Whose key it is: one folder for each. */
export type KeyHolder = 'services' | 'publishers' | 'readers';

export interface WantedKeys {
  readonly publishers?: readonly string[];
  readonly readers?: readonly string[];
  /** Seeds of services as environment files, `BACKSTAY_NATS_SEED=…`, which compose and systemd read. */
  readonly asEnvironment?: boolean;
}

/** The public keys in a folder, and the seeds that were made now, as paths. */
export interface KeptKeys {
  readonly keys: PublicKeys;
  readonly made: readonly string[];
  /** For `include` in the configuration of nats-server; public keys only. */
  readonly accounts: string;
}

export const seedFile = (directory: string, holder: KeyHolder, name: string): string =>
  join(directory, holder, `${name}.nk`);

export const accountsFile = (directory: string): string => join(directory, 'accounts.conf');

const seedVariable = 'BACKSTAY_NATS_SEED=';
/** A seed, a seed as an environment file, or a public key whose seed is elsewhere. */
const kept = /^(.+)\.(?:nk|env|pub)$/;

/**
 * Makes the keys that are missing in a folder and writes the accounts of all that it holds; a key that is there stays. Only
 * its owner may read a seed. To withdraw a publisher or a reader, remove its file and call this again.
 * @throws {TypeError} for a name that cannot be part of a subject, and for a file that holds no key
 */
export async function keepKeys(directory: string, wanted: WantedKeys = {}): Promise<KeptKeys> {
  const { publishers = [], readers = [], asEnvironment = false } = wanted;
  [...publishers, ...readers].forEach(mustBeName);
  const services = await folder(directory, 'services', serviceNames, asEnvironment);
  const others = await Promise.all([
    folder(directory, 'publishers', publishers),
    folder(directory, 'readers', readers),
  ]);
  const keys = {
    services: services.keys as Record<ServiceName, string>,
    publishers: others[0].keys,
    readers: others[1].keys,
  };
  const accounts = serverAccounts(keys);
  await writeFile(accountsFile(directory), accounts, { mode: 0o644 });
  return { keys, accounts, made: [services, ...others].flatMap(({ made }) => made) };
}

async function folder(directory: string, holder: KeyHolder, wanted: readonly string[], asEnvironment = false) {
  const path = join(directory, holder);
  // The folder itself is open: nats-server, which may be another user, reads the accounts there.
  await mkdir(directory, { recursive: true });
  await mkdir(path, { recursive: true, mode: 0o700 });
  const there = new Set((await readdir(path)).map((file) => kept.exec(file)?.[1]));
  const made: string[] = [];
  for (const name of wanted) {
    if (there.has(name)) continue;
    const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
    const file = join(path, `${name}.${asEnvironment ? 'env' : 'nk'}`);
    await writeFile(file, `${asEnvironment ? seedVariable : ''}${seed}\n`, { flag: 'wx', mode: 0o600 });
    made.push(file);
  }
  return { keys: await publicKeys(path), made };
}

function mustBeName(name: string): void {
  if (!isPublisherName(name))
    throw new TypeError(`${JSON.stringify(name)} is not a name; use up to 64 letters, digits, - and _`);
}

async function publicKeys(path: string): Promise<Record<string, string>> {
  const files = (await readdir(path)).filter((file) => kept.test(file)).toSorted();
  const read = files.map(async (file) => {
    const name = kept.exec(file)?.[1] ?? '';
    mustBeName(name);
    return [name, await publicKey(join(path, file))] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function publicKey(file: string): Promise<string> {
  const text = (await readFile(file, 'utf8')).trim().replace(seedVariable, '');
  try {
    if (file.endsWith('.pub')) return nkeys.fromPublic(text).getPublicKey();
    return nkeys.fromSeed(new TextEncoder().encode(text)).getPublicKey();
  } catch {
    throw new TypeError(`${file} holds no nkey`);
  }
}
