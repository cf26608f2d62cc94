import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PartInUse } from '../part.ts';
import { identify, isAlive, type Identity } from './identity.ts';
import { until } from './wait.ts';

interface DirectoryLock {
  server: Identity;
  owner: Identity;
}

const file = (directory: string) => join(directory, 'tenant.json');

export async function directoryLockOf(directory: string): Promise<DirectoryLock | undefined> {
  const text = await readFile(file(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as DirectoryLock);
}

/** Notes down which server uses the directory, for whoever comes after a crash. */
export async function acquire(directory: string, pid: number | undefined): Promise<void> {
  const [server, owner] = [pid && identify(pid), identify(process.pid)];
  if (server && owner) await writeFile(file(directory), JSON.stringify({ server, owner }), { mode: 0o600 });
}

export const release = (directory: string): Promise<void> => rm(file(directory), { force: true });

function end({ pid }: Identity, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime, which is what was wanted.
  }
}

async function untilGone(server: Identity, within: number): Promise<boolean> {
  const gone = async () => {
    if (isAlive(server)) throw new Error(`process ${server.pid} does not end`);
    return true;
  };
  return until(gone, { within }).catch(() => false);
}

/**
 * Makes the directory free: a server whose owner has crashed is ended.
 * @throws PartInUse if its owner is alive
 */
export async function reclaim(
  directory: string,
  stopSignal: NodeJS.Signals,
  say: (line: string) => void,
): Promise<void> {
  const lock = await directoryLockOf(directory);
  if (!lock || !isAlive(lock.server)) return;
  const { server, owner } = lock;
  if (isAlive(owner))
    throw new PartInUse(`${directory} is in use by process ${owner.pid}: stop it, or set BACKSTAY_DATA_DIR`);
  say(`ending process ${server.pid}, a server left behind in ${directory}`);
  end(server, stopSignal);
  if (await untilGone(server, 10_000)) return;
  end(server, 'SIGKILL');
  await untilGone(server, 10_000);
}
