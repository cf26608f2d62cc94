#!/usr/bin/env node
// `node tools/test.mjs [--SUITE...] [FILTER|OPTION...]` runs Vitest; its last line is `N passed, N failed`. A filter selects
// files by a part of their path, and options of Vitest are passed on. After a failure it prints commands that repeat the
// failed files with the PROPERTY_SEED and PROPERTY_SCALE of this run.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './packages.mjs';

const minutes = Number(process.env.BACKSTAY_TEST_MINUTES ?? 30);
const scratch = mkdtempSync(join(tmpdir(), 'backstay-test-'));
const resultFile = join(scratch, 'result.json');

/** What a suite adds to the options of Vitest and to the environment, and the verb by which one of its files is run again. */
const suites = {
  // The default: every specification of the packages, with the same random cases each time.
  '--specifications': () => ({ options: ['--project', 'specifications'], verb: 'npm test' }),
  '--e2e': () => ({ options: ['--project', 'journeys'], verb: 'npm run e2e' }),
  // Every property with twice the cases, from a new seed, which is printed.
  '--properties': () => {
    const { PROPERTY_SEED = String(randomInt(2 ** 31 - 1)), PROPERTY_SCALE = '2' } = process.env;
    return specificationsWith(/\b(runs|seeds)\(\w/, { PROPERTY_SEED, PROPERTY_SCALE });
  },
  // The specifications that have figures of 10,000 and more, with those figures.
  '--full': () => specificationsWith(/\bsize\(\d/, { FIGURES: 'full' }),
};

function specificationsWith(text, env) {
  const files = ['libs', 'services', 'cli', 'tools', 'deploy'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.spec.ts') && !name.includes('node_modules'))
      .map((name) => join(root, folder, name)),
  );
  const chosen = files.filter((file) => text.test(readFileSync(file, 'utf8')));
  return { options: [...chosen, '--project', 'specifications'], verb: 'npm test', env };
}

/** Runs Vitest in its own process group, so that the time limit also ends what the tests have started. */
function vitest(options, env = {}) {
  // Who runs this may force colours, which the output of programs that are tested must not have.
  const { FORCE_COLOR: _forced, ...inherited } = process.env;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...options],
    {
      cwd: root,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
    },
  );
  const end = (signal) => (process.platform === 'win32' ? child.kill(signal) : process.kill(-child.pid, signal));
  const limit = setTimeout(() => {
    console.error(`the tests did not end within ${minutes} minutes`);
    end('SIGKILL');
  }, minutes * 60_000);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(signal));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

/** A command that runs the file again with the same cases. */
function repeating(file, { verb, env }) {
  const { PROPERTY_SEED, PROPERTY_SCALE, FIGURES } = { ...process.env, ...env };
  const set = Object.entries({ PROPERTY_SEED, PROPERTY_SCALE, FIGURES }).filter(([, value]) => value !== undefined);
  return [...set.map((entry) => entry.join('=')), verb, '--', relative(root, file).replaceAll('\\', '/')].join(' ');
}

/** A file that could not even be loaded counts as one failure; so does a run without a result. */
function totals() {
  try {
    const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(readFileSync(resultFile, 'utf8'));
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    const files = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
    return { passed, failed: numFailedTests + broken.length, files };
  } catch {
    return { passed: 0, failed: 1, files: [] };
  }
}

const given = process.argv.slice(2);
const rest = given.filter((argument) => !(argument in suites));
const named = given.filter((argument) => argument in suites);
const sum = { passed: 0, failed: 0 };
/** @type {string[]} */
const repeats = [];
for (const name of named.length > 0 ? named : ['--specifications']) {
  const suite = suites[name]();
  const { options, env = {} } = suite;
  for (const [variable, value] of Object.entries(env)) console.log(`${variable}=${value}`);
  const code = await vitest([...rest, ...options], env);
  const { passed, failed, files } = totals();
  sum.passed += passed;
  // What nobody caught fails the run without failing a test.
  sum.failed += code !== 0 && failed === 0 ? 1 : failed;
  repeats.push(...files.map((file) => repeating(file, suite)));
  rmSync(resultFile, { force: true });
}
rmSync(scratch, { recursive: true, force: true });
process.exitCode = sum.failed > 0 ? 1 : 0;
for (const command of repeats) console.log(`to repeat: ${command}`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
