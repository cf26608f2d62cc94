#!/usr/bin/env node
// Runs Vitest and says, as its very last line, `N passed, N failed`. `node tools/test.mjs [--slow|--e2e] [FILTER|OPTION...]`
//   without options       every specification of the packages, with the same random cases each time
//   --slow                the journeys, and every property with more cases, from a seed that is new each time and printed
//   --e2e                 the journeys
//   FILTER                only files whose path contains it: `libs/document`; any other option of Vitest is passed on
// PROPERTY_SEED=N plays the cases of a seed again, PROPERTY_SCALE=N tries N times as many.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './packages.mjs';

const minutes = Number(process.env.BACKSTAY_TEST_MINUTES ?? 30);
const scratch = mkdtempSync(join(tmpdir(), 'backstay-test-'));
const resultFile = join(scratch, 'result.json');

const journeys = ['--project', 'journeys'];
const specifications = ['--project', 'specifications'];

/** The runs of Vitest that an invocation asks for: options, and what is added to the environment. */
function runsFor([first, ...rest]) {
  if (first === '--e2e') return [{ options: [...rest, ...journeys] }];
  if (first === '--slow') return [{ options: [...rest, ...journeys] }, properties(rest)];
  const options = first === undefined ? [] : [first, ...rest];
  return [{ options: [...options, ...specifications] }];
}

function properties(rest) {
  const { PROPERTY_SEED = String(randomInt(2 ** 31 - 1)), PROPERTY_SCALE = '2' } = process.env;
  return {
    options: [...rest, ...specsWithProperties(), ...specifications],
    env: { PROPERTY_SEED, PROPERTY_SCALE },
  };
}

function specsWithProperties() {
  const files = ['libs', 'services', 'cli'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.spec.ts') && !name.includes('node_modules'))
      .map((name) => join(root, folder, name)),
  );
  return files.filter((file) => readFileSync(file, 'utf8').includes('fc.assert('));
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

/** A file that could not even be loaded counts as one failure; so does a run without a result. */
function totals() {
  try {
    const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(readFileSync(resultFile, 'utf8'));
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    return { passed, failed: numFailedTests + broken.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const sum = { passed: 0, failed: 0 };
for (const { options, env } of runsFor(process.argv.slice(2))) {
  if (env !== undefined)
    console.log(`properties: PROPERTY_SEED=${env.PROPERTY_SEED} PROPERTY_SCALE=${env.PROPERTY_SCALE}`);
  const code = await vitest(options, env);
  const { passed, failed } = totals();
  sum.passed += passed;
  // What nobody caught fails the run without failing a test.
  sum.failed += code !== 0 && failed === 0 ? 1 : failed;
  rmSync(resultFile, { force: true });
}
rmSync(scratch, { recursive: true, force: true });
process.exitCode = sum.failed > 0 ? 1 : 0;
console.log(`${sum.passed} passed, ${sum.failed} failed`);
