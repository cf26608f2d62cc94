import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type PlatformParts } from '@backstay/local-platform';
import { SERVICE, createRepository, type DemoRepository } from '../../../deploy/demo/repository.mjs';
import { demoDocument } from '../../../deploy/demo/documents.mjs';
import { demoProfile, demoSecrets, serviceEnvironment } from '../../../deploy/demo/profile.mjs';
import { checkout } from '../dev/directories.ts';
import { createDatabase } from './database.ts';
import { stopLeftService } from '../dev/stop-service.ts';
import { renameInDocument, renameInProfile, serviceName } from './names.ts';
import { demoHome, profileFile, secretsFile } from './settings.ts';

/** One run's place: its folder, its service's name and port. */
export interface Place {
  readonly run: number;
  readonly folder: string;
  readonly service: string;
  readonly port: number;
  readonly baseUrl: string;
  /** Where the service's releases lie. */
  readonly releases: string;
}

const runsFolder = (dataDir: string) => join(demoHome(dataDir), 'runs');
const counterFile = (dataDir: string) => join(demoHome(dataDir), 'last-run');

/** Takes the next number. What earlier runs left on disk is removed later, when nobody else can be using it. */
export async function takePlace(dataDir: string): Promise<Place> {
  await mkdir(runsFolder(dataDir), { recursive: true });
  const last = Number(await readFile(counterFile(dataDir), 'utf8').catch(() => '0')) || 0;
  const run = last + 1;
  await writeFile(counterFile(dataDir), String(run));
  const folder = join(runsFolder(dataDir), String(run));
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  return { run, folder, service: serviceName(SERVICE, run), port, baseUrl, releases: join(folder, 'service') };
}

/** Ends what a run that was killed left running, and removes the folders of earlier runs; their records stay. */
export async function clearEarlierRuns(dataDir: string, { run }: Place): Promise<void> {
  const earlier = (await readdir(runsFolder(dataDir))).filter((name) => name !== String(run));
  for (const name of earlier) {
    const folder = join(runsFolder(dataDir), name);
    await stopLeftService(join(folder, 'service'));
    await rm(folder, { recursive: true, force: true });
  }
}

// The fault shows some six seconds after 1.2.0 took over, well within the watch, also on a slow machine.
const busyAfterReads = 240;

export const makeRepository = ({ folder, port }: Place, faulty: boolean): Promise<DemoRepository> =>
  createRepository({
    path: join(folder, 'repository'),
    vendorFrom: join(checkout, 'node_modules'),
    port,
    faulty,
    busyAfterReads,
  });

export interface Setting {
  readonly databaseUrl: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** What the first release's environment file holds. */
  readonly environment: Record<string, string>;
}

/** The service's database, its secrets and the environments' profile. */
export async function setTheScene(
  dataDir: string,
  place: Place,
  parts: PlatformParts,
  externalServices: string,
): Promise<Setting> {
  const databaseUrl = await createDatabase(parts.postgres.url, `notes_${place.run}`);
  const random = () => randomBytes(24).toString('base64url');
  const secrets = demoSecrets({ databaseUrl, redisUrl: parts.redis?.url, externalServices, random });
  const profile = demoProfile({ root: place.releases, port: place.port, externalServices });
  await writeFile(secretsFile(dataDir), JSON.stringify(secrets), { mode: 0o600 });
  await writeFile(profileFile(dataDir), renameInProfile(profile, SERVICE, place.service));
  return { databaseUrl, secrets, environment: serviceEnvironment(secrets) };
}

/** Writes the release's deployment document and returns its file and text. */
export async function writeDocument(
  { folder, service }: Place,
  release: { version: string; previousVersion: string; repository: string; redis: boolean },
): Promise<{ file: string; text: string }> {
  const text = renameInDocument(demoDocument(release), SERVICE, service);
  const file = join(folder, `${release.version}.md`);
  await writeFile(file, text);
  return { file, text };
}
