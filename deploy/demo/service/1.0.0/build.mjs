/**
 * Builds what is deployed: every source file parses, every vendored package loads, and `build.json` says what the
 * tree is (version, commit, and a digest of each file). The commit comes from COMMIT, else from the work tree's git.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUILT = ['.', 'src', 'migrations'];

const files = BUILT.flatMap(filesIn);
await Promise.all(
  files.filter((file) => file.endsWith('.mjs')).map((file) => run(process.execPath, ['--check', file])),
);
await import('./src/vendor.mjs');
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const built = {
  name,
  version,
  commit: await commit(),
  files: Object.fromEntries(files.map((file) => [file, digest(file)])),
};
writeFileSync('build.json', `${JSON.stringify(built, null, 2)}\n`);
console.log(`built ${name} ${version} from ${files.length} files`);

function filesIn(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(mjs|sql)$|^(package|config)\.json$/.test(entry.name))
    .map((entry) => (directory === '.' ? entry.name : `${directory}/${entry.name}`))
    .sort();
}

function digest(file) {
  return `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

async function commit() {
  if (process.env.COMMIT) return process.env.COMMIT;
  return existsSync('.git') ? (await run('git', ['rev-parse', 'HEAD'])).stdout.trim() : null;
}
