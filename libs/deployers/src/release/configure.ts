import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord, writeDurably } from '@backstay/hosts';
import { formatEnvironment, parseEnvironment } from './environment-file.ts';
import type { ReleaseRoot } from './layout.ts';
import { configFolder, enter, environmentFile } from './layout.ts';

interface Configured extends ReleaseRoot {
  /** The name of the release. */
  readonly release: string;
  /** Who changes it: only the same deployment can undo its own change. */
  readonly deployment: string;
}

/** What was there before this deployment wrote its own; null: nothing. */
interface Earlier {
  readonly deployment: string;
  readonly content: string | null;
}

const earlierFile = (root: string, release: string): string => `${environmentFile(root, release)}.earlier.json`;
const contentOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/**
 * Writes the release's environment file, readable by its owner alone, and keeps the earlier one for the undo.
 * Returns the configuration digest. Throws StaleToken, and RangeError for names or values that no environment can hold.
 */
export async function configure(
  request: Configured & { readonly environment: Readonly<Record<string, string>> },
): Promise<{ readonly changed: boolean; readonly digest: string }> {
  const { root, release, deployment } = request;
  enter(request);
  const wanted = formatEnvironment(request.environment);
  mkdirSync(configFolder(root), { recursive: true, mode: 0o700 });
  const file = environmentFile(root, release);
  const present = contentOf(file);
  const kept = readRecord<Earlier>(earlierFile(root, release));
  if (kept?.deployment !== deployment) keep(root, release, { deployment, content: present });
  if (present !== wanted) writeDurably(file, wanted);
  return { changed: present !== wanted, digest: digest(root, wanted) };
}

const keep = (root: string, release: string, earlier: Earlier): void =>
  writeDurably(earlierFile(root, release), JSON.stringify(earlier));

/** Puts back what was there before the deployment configured the release; a second time changes nothing. Throws StaleToken. */
export async function unconfigure(request: Configured): Promise<void> {
  const { root, release, deployment } = request;
  enter(request);
  const earlier = readRecord<Earlier>(earlierFile(root, release));
  if (earlier?.deployment !== deployment) return;
  if (earlier.content === null) await rm(environmentFile(root, release), { force: true });
  else writeDurably(environmentFile(root, release), earlier.content);
  await rm(earlierFile(root, release), { force: true });
}

/** The variables of a release; none when it was never configured. */
export const environmentOf = (root: string, release: string): Record<string, string> =>
  parseEnvironment(contentOf(environmentFile(root, release)) ?? '');

/**
 * Distinguishes two configurations below the same root without revealing what is in them: the key never leaves the root, so that a
 * short secret cannot be guessed from the digest. Null when the release was never configured.
 */
export function configurationDigest({
  root,
  release,
}: {
  readonly root: string;
  readonly release: string;
}): string | null {
  const content = contentOf(environmentFile(root, release));
  return content === null ? null : digest(root, content);
}

function digest(root: string, content: string): string {
  return createHmac('sha256', keyOf(root)).update(content).digest('hex');
}

function keyOf(root: string): string {
  const path = join(configFolder(root), '.digest-key');
  if (!existsSync(path)) writeDurably(path, randomBytes(32).toString('hex'));
  return readFileSync(path, 'utf8');
}

export async function forgetConfiguration(root: string, release: string): Promise<void> {
  await Promise.all(
    [environmentFile(root, release), earlierFile(root, release)].map((path) => rm(path, { force: true })),
  );
}
