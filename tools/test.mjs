#!/usr/bin/env node
// Runs Jest and says, as its very last line, `N passed, N failed`. `node tools/test.mjs [--e2e] [JEST-OPTION...]`
//   without options       every specification of the packages, and the journeys (e2e/**/*.journey.spec.ts)
//   --e2e                 everything below e2e
//   --selectProjects A B  the packages named A and B; any other option of Jest is passed on
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './packages.mjs';

const minutes = Number(process.env.BACKSTAY_TEST_MINUTES ?? 30);
const scratch = mkdtempSync(join(tmpdir(), 'backstay-test-'));
const resultFile = join(scratch, 'result.json');

function selection([first, ...rest]) {
  if (first === '--e2e') return ['--selectProjects', 'e2e', 'journeys', ...rest];
  const options = first === undefined ? [] : [first, ...rest];
  return options.includes('--selectProjects') ? options : ['--ignoreProjects', 'e2e', ...options];
}

/** Runs Jest in its own process group, so that the time limit also ends what the tests have started. */
function jest(options) {
  const jestBin = join(root, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, [jestBin, '--json', '--outputFile', resultFile, ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: process.platform !== 'win32',
  });
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
    const result = JSON.parse(readFileSync(resultFile, 'utf8'));
    return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const code = await jest(selection(process.argv.slice(2)));
const { passed, failed } = totals();
rmSync(scratch, { recursive: true, force: true });
process.exitCode = code !== 0 || failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
