/** The git repository of the demo's service: one commit and one annotated tag for each release. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { git } from './git.mjs';
import { BUSY_AFTER_READS, releases } from './releases.mjs';
import { writeReports } from './reports.mjs';
import { RUNTIME_PACKAGES, vendorPackages } from './vendor.mjs';

export const SERVICE = 'notes-api';
const SOURCES = fileURLToPath(new URL('./service/', import.meta.url));
const FAULT = { version: '1.2.0', file: 'src/recent-reads.mjs', faulty: 'length: SLOTS - 1', right: 'length: SLOTS' };

/**
 * @typedef {{kind: 'junit' | 'sarif', path: string, sha256: string, commit: string}} Evidence `sha256` in hexadecimal
 * @typedef {{version: string, tag: string, commit: string, evidence: Evidence[]}} Tagged
 * @typedef {{path: string, url: string, releases: Record<string, Tagged>}} DemoRepository by version
 */

/**
 * Creates the repository. Each release's own tests and scan are run, and their reports committed with it.
 * @param {object} request
 * @param {string} request.path a folder that is empty or does not exist
 * @param {string} request.vendorFrom the `node_modules` folder that the service's packages are copied from
 * @param {number} request.port the service's port, written into its `config.json`
 * @param {boolean} [request.faulty] whether 1.2.0 has its fault (default: it has)
 * @param {number} [request.busyAfterReads] reads of one session after which 1.2.0's fault shows
 * @returns {Promise<DemoRepository>}
 * @throws when the folder is not empty, a package is not installed, or a release's own tests or scan fail
 */
export async function createRepository({ path, vendorFrom, port, faulty = true, busyAfterReads = BUSY_AFTER_READS }) {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0) throw new Error(`${path} is not empty`);
  await git(path, ['init', '--quiet', '--initial-branch=main', '--template=']);
  await vendorPackages({ names: RUNTIME_PACKAGES, from: vendorFrom, to: join(path, 'vendor/node_modules') });
  const tagged = {};
  for (const release of releases) {
    await writeSources(path, release);
    await writeConfig(path, { port, ...(release.version === FAULT.version && { busyAfterReads }) });
    if (release.version === FAULT.version && !faulty) await takeOutTheFault(path);
    await writeReports(path);
    tagged[release.version] = await commitRelease(path, release);
  }
  return { path, url: pathToFileURL(path).href, releases: tagged };
}

/** A release's folder holds what differs from the one before. */
async function writeSources(path, release) {
  await cp(join(SOURCES, release.version), path, { recursive: true });
  await edit(join(path, 'package.json'), (text) => text.replace(/"version": ".*"/, `"version": "${release.version}"`));
  await mkdir(join(path, 'docs'), { recursive: true });
  const changes = release.changes.map((change) => `- ${change}`).join('\n');
  await appendSection(join(path, 'CHANGELOG.md'), '# Changes', release.version, changes);
  for (const [name, text] of Object.entries(release.docs)) {
    await appendSection(join(path, 'docs', `${name}.md`), `# ${SERVICE}: ${name}`, `Since ${release.version}`, text);
  }
}

async function appendSection(file, title, heading, text) {
  const before = await readFile(file, 'utf8').catch(() => `${title}\n`);
  await writeFile(file, `${before}\n## ${heading}\n\n${text}\n`);
}

const writeConfig = (path, settings) =>
  writeFile(join(path, 'config.json'), `${JSON.stringify({ host: '127.0.0.1', ...settings }, null, 2)}\n`);

/**
 * @param {string} path a work tree, or a release, of the version that has the fault
 * @throws when it does not have it
 */
export async function takeOutTheFault(path) {
  await edit(join(path, FAULT.file), (text) => {
    if (!text.includes(FAULT.faulty)) throw new Error(`${FAULT.file} does not hold the fault`);
    return text.replace(FAULT.faulty, FAULT.right);
  });
}

async function commitRelease(path, { version, date, changes }) {
  const tag = `v${version}`;
  // Forced: a `node_modules` below vendor/ is meant to be here, whatever the user's own ignore file says.
  await git(path, ['add', '--all', '--force', '.']);
  await git(
    path,
    ['commit', '--quiet', '--no-verify', '-m', `release: ${SERVICE} ${version}`, '-m', changes.join('\n')],
    { date },
  );
  await git(path, ['tag', '--annotate', tag, '-m', `${SERVICE} ${version}`], { date });
  const commit = await git(path, ['rev-parse', 'HEAD']);
  return { version, tag, commit, evidence: await evidenceOf(path, commit) };
}

async function evidenceOf(path, commit) {
  const reports = [
    { kind: 'junit', path: 'reports/junit.xml' },
    { kind: 'sarif', path: 'reports/scan.sarif' },
  ];
  return Promise.all(
    reports.map(async (report) => ({ ...report, sha256: await sha256(join(path, report.path)), commit })),
  );
}

const sha256 = async (file) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function edit(file, change) {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
