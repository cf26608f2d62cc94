/** A command that does nothing under its supervisor, beside spawning it: with supervisors that wait, and with one started for each. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { keepIdleSupervisors, runCommand } from '@backstay/hosts';
import { median, noted, timed } from '../support/figures.mjs';

export const title = 'Supervised commands beside the bare spawn';

const rounds = 4;
const commandsPerRound = 10;
/** Between two steps their end and start are appended. */
const betweenMs = 10;

export async function run({ servers }) {
  const directory = await servers.directory('commands');
  await mkdir(directory, { recursive: true });
  const spawns = [];
  const over = { 0: [], 2: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const idle of [0, 2]) {
      const act = runTrue(directory, { idle });
      await act(); // The first fills what waits.
      await pause(500);
      for (let number = 1; number <= commandsPerRound; number += 1) {
        const [bare, supervised] = [await timeOf(bareSpawn), await timeOf(act)];
        spawns.push(bare);
        over[idle].push(supervised - bare);
        await pause(betweenMs);
      }
    }
  }
  const anchor = `spawn ${median(spawns).toFixed(1)} ms`;
  return [
    timed('`true` over the bare spawn, supervisors that wait', 40, median(over[2]), { anchor }),
    noted('`true` over the bare spawn, one started for each', { ours: median(over[0]), unit: 'ms' }),
  ];
}

async function timeOf(act) {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

const bareSpawn = () => once(spawn('true', { stdio: ['ignore', 'pipe', 'pipe'], detached: true }), 'close');

/** Runs `true` under a supervisor, each time as a step of its own; so many supervisors are kept waiting. */
function runTrue(directory, { idle }) {
  keepIdleSupervisors(idle);
  const command = { commands: [{ text: 'true', argv: ['true'] }], cwd: directory, timeoutMs: 60_000 };
  return async () => {
    const outcome = await runCommand({ directory, key: randomUUID(), attempt: 1, token: 1, ...command });
    if (outcome.exitCode !== 0) throw new Error(`\`true\` ended otherwise: ${JSON.stringify(outcome)}`);
  };
}
