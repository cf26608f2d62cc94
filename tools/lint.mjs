#!/usr/bin/env node
// Runs every check of the source and reports all findings at once, not only those of the first check that fails.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './packages.mjs';

const folders = ['libs', 'services', 'cli', 'e2e', 'bench', 'tools'];

const checks = [
  { name: 'rules', script: 'oxlint/bin/oxlint', options: ['--type-aware', '--deny-warnings'] },
  { name: 'format', script: 'oxfmt/bin/oxfmt', options: ['--check'] },
  {
    name: 'layers',
    script: 'dependency-cruiser/bin/dependency-cruise.mjs',
    options: ['--config', '.dependency-cruiser.mjs', ...folders],
  },
  { name: 'loose ends', script: 'knip/bin/knip.js', options: ['--no-config-hints', '--no-progress'] },
  { name: 'API description', script: '@redocly/cli/bin/cli.js', options: ['lint', '--max-problems=20'] },
];

// It would ask the network whether there is a newer one, and report that it ran.
const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** Runs one check with its output on this terminal; answers whether it passed. */
function passes({ name, script, options }) {
  console.log(`── ${name}`);
  const run = spawnSync(process.execPath, [join(root, 'node_modules', script), ...options], {
    cwd: root,
    env: { ...process.env, ...quiet },
    stdio: 'inherit',
  });
  return run.status === 0;
}

const failed = checks.filter((check) => !passes(check)).map(({ name }) => name);
console.log(failed.length === 0 ? '── all checks passed' : `── failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
