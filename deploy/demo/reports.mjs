/** Runs a release's own tests and its scan, and keeps what they reported. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LIMIT_MS = 60_000;

/**
 * Writes `reports/junit.xml` and `reports/scan.sarif`.
 * @param {string} directory the work tree of a release
 * @throws when a test fails or the scan finds something; the message holds their output
 */
export async function writeReports(directory) {
  const tests = (await readdir(join(directory, 'tests'))).filter((name) => name.endsWith('.test.mjs')).sort();
  const [junit, sarif] = await Promise.all([
    node(directory, ['--test', '--test-reporter=junit', ...tests.map((name) => `tests/${name}`)]),
    node(directory, ['tools/scan.mjs']),
  ]);
  await mkdir(join(directory, 'reports'), { recursive: true });
  await writeFile(join(directory, 'reports/junit.xml'), junit);
  await writeFile(join(directory, 'reports/scan.sarif'), sarif);
}

async function node(directory, args) {
  const { stdout } = await run(process.execPath, args, {
    cwd: directory,
    env: plainEnvironment(),
    timeout: LIMIT_MS,
  }).catch((error) => {
    throw new Error(`node ${args.join(' ')} failed:\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

// Options of an outer test run or loader are not the service's.
function plainEnvironment() {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...environment } = process.env;
  return environment;
}
