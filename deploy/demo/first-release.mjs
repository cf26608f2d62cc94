/** What was there before Backstay came: 1.0.0 in place, with its environment file and its database. */
import { execFile } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git } from './git.mjs';

const run = promisify(execFile);
const LIMIT_MS = 60_000;

/**
 * Lays out a release manually, as it may stand before a deployer takes over:
 * `releases/VERSION-COMMIT/` built, `config/VERSION-COMMIT.env`, and `current` pointing at the release.
 * @param {object} request
 * @param {string} request.root where the releases are placed
 * @param {import('./repository.mjs').DemoRepository} request.repository
 * @param {string} [request.version]
 * @param {Record<string, string>} request.environment what the environment file holds
 * @returns {Promise<{name: string, directory: string, environmentFile: string, current: string, commit: string}>} absolute paths
 */
export async function layOutFirstRelease({ root, repository, version = '1.0.0', environment }) {
  const { commit } = repository.releases[version];
  const name = `${version}-${commit.slice(0, 12)}`;
  const directory = join(root, 'releases', name);
  const environmentFile = join(root, 'config', `${name}.env`);
  const current = join(root, 'current');
  await unpack({ repository: repository.path, commit, directory });
  await run(process.execPath, ['build.mjs'], {
    cwd: directory,
    env: { ...process.env, COMMIT: commit },
    timeout: LIMIT_MS,
  });
  await mkdir(join(root, 'config'), { recursive: true });
  await writeFile(environmentFile, environmentText(environment), { mode: 0o600 });
  await rm(current, { force: true, recursive: true });
  await symlink(join('releases', name), current, 'dir');
  return { name, directory, environmentFile, current, commit };
}

/** Through an index of its own, so that the repository's work tree and index stay as they are. */
async function unpack({ repository, commit, directory }) {
  await mkdir(directory, { recursive: true });
  const environment = { GIT_INDEX_FILE: join(directory, '.git-index') };
  await git(repository, ['read-tree', commit], { environment });
  await git(repository, ['checkout-index', '--all', `--prefix=${directory}/`], { environment });
  await rm(environment.GIT_INDEX_FILE);
}

function environmentText(environment) {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/**
 * Brings the database to what the release needs, and adds one user.
 * @param {object} request
 * @param {string} request.directory a laid-out release
 * @param {string} request.databaseUrl
 * @param {string} request.user
 * @param {string} request.password
 */
export async function prepareDatabase({ directory, databaseUrl, user, password }) {
  const node = (args, environment = {}) =>
    run(process.execPath, args, {
      cwd: directory,
      env: { ...process.env, DATABASE_URL: databaseUrl, ...environment },
      timeout: LIMIT_MS,
    });
  await node(['migrate.mjs', 'up']);
  await node(['add-user.mjs'], { USER_NAME: user, USER_PASSWORD: password });
}
