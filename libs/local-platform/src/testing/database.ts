import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSql, startPostgres, urlOfDatabase } from '../parts/postgres.ts';
import { identify } from '../run/identity.ts';
import { closeLater, testOptions } from './servers.ts';

export interface TestDatabase {
  name: string;
  url: string;
  /** Ends its connections and removes it. A second call does nothing. */
  drop(): Promise<void>;
}

/** The directory that all test files share which this process runs, one after another: modules are loaded anew for each. */
function directoryOfProcess(): string {
  const started = identify(process.pid)?.started.replace(/\W/g, '') ?? '';
  return join(tmpdir(), `backstay-tests-${process.pid}-${started}`);
}

/**
 * The URL of the cluster of this process. It is left to run for the next test file; it ends with the process, and its
 * directory is removed then.
 */
async function startShared(): Promise<string> {
  const directory = directoryOfProcess();
  const note = join(directory, 'postgres-url');
  const noted = await readFile(note, 'utf8').catch(() => undefined);
  if (noted !== undefined) return noted;
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const { url } = await startPostgres(testOptions(directory));
  await writeFile(note, url, { mode: 0o600 });
  return url;
}

let shared: Promise<string> | undefined;

/** A new, empty database in a cluster that all test files of one process share; dropped by `stopTestParts`. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await (shared ??= startShared());
  const name = `backstay_${randomBytes(6).toString('hex')}`;
  await runSql(server, `create database ${name}`);
  const drop = async () => void (await runSql(server, `drop database if exists ${name} with (force)`));
  closeLater(drop);
  return { name, url: urlOfDatabase(server, name), drop };
}
