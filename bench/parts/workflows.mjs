/**
 * Twelve steps that do nothing beside DBOS, on the same PostgreSQL: one at a time, and many at once. One at a time also twelve
 * commands that do nothing, beside spawning them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuMsOf } from '../support/cpu-of.mjs';
import { commandSteps, waitSteps } from '../support/documents.mjs';
import { atLeast, atMost, figure, median, noted, sum, timed } from '../support/figures.mjs';
import { keepInFlight } from '../support/load.mjs';
import { Contest } from '../support/workflows.mjs';

export const title = 'Workflows of twelve steps beside DBOS';

const rounds = 2;
const alonePerRound = 8;
const commandsPerRound = 2;
const atOnce = [16, 64];
const loadMs = 6_000;

export async function run({ servers, say }) {
  const contest = await Contest.open(servers);
  const { pid: server } = await servers.postgres();
  try {
    await warmUp(contest);
    const alone = { dbos: [], steps: [], overall: [], dbosSpawns: [], commands: [], spawn: [], cpuMs: [] };
    const loads = new Map(atOnce.map((inFlight) => [inFlight, { dbos: [], backstay: [] }]));
    for (let round = 1; round <= rounds; round += 1) {
      await oneAtATime(contest, alone);
      for (const [inFlight, { dbos, backstay }] of loads) {
        dbos.push(
          await load({ cpuMs: () => contest.dbos.ask('cpu'), server, inFlight, act: () => contest.workflow() }),
        );
        const deploy = () => contest.deploy(waitSteps, 40);
        backstay.push(await load({ cpuMs: () => contest.backstay.cpuMs(), server, inFlight, act: deploy }));
        const [theirs, ours] = [dbos.at(-1), backstay.at(-1)];
        say(`round ${round}, ${inFlight} at once: DBOS ${theirs.summary}, Backstay ${ours.summary}`);
      }
    }
    return [...aloneResults(alone), ...[...loads].flatMap(loadResults)];
  } finally {
    await contest.close();
  }
}

async function warmUp(contest) {
  await keepInFlight(4, 0, () => contest.workflow());
  await keepInFlight(4, 0, () => contest.deploy(waitSteps));
}

async function oneAtATime(contest, { dbos, steps, overall, dbosSpawns, commands, spawn, cpuMs }) {
  const before = await contest.backstay.cpuMs();
  for (let number = 1; number <= alonePerRound; number += 1) {
    dbos.push(await contest.workflow());
    const deployment = await contest.deploy(waitSteps);
    steps.push(deployment.steps);
    overall.push(deployment.overall);
  }
  cpuMs.push(((await contest.backstay.cpuMs()) - before) / alonePerRound);
  for (let number = 1; number <= commandsPerRound; number += 1) {
    dbosSpawns.push(await contest.workflow('spawn'));
    commands.push((await contest.deploy(commandSteps)).steps / 12);
    for (let call = 1; call <= 12; call += 1) spawn.push(await bareSpawn());
  }
}

async function bareSpawn() {
  const begun = performance.now();
  await once(spawn('true', { stdio: 'ignore' }), 'exit');
  return performance.now() - begun;
}

/**
 * @param {() => Promise<number>} cpuMs of the engine's process
 * @param {number} server process id of PostgreSQL
 */
async function load({ cpuMs, server, inFlight, act }) {
  const used = async () => ({ own: await cpuMs(), server: cpuMsOf(server) });
  const before = await used();
  const { count, seconds, perSecond } = await keepInFlight(inFlight, loadMs, act);
  const after = await used();
  const [own, ofServer] = [(after.own - before.own) / count, (after.server - before.server) / count];
  const summary = `${perSecond.toFixed(1)}/s (${count} in ${seconds.toFixed(1)} s; CPU each ${figure(own)} ms, PostgreSQL's ${figure(ofServer)} ms)`;
  return { count, seconds, cpuMs: own, summary };
}

function aloneResults({ dbos, steps, overall, dbosSpawns, commands, spawn, cpuMs }) {
  const overSpawn = median(commands) - median(spawn);
  return [
    atMost('one at a time: steps alone, p50', 0.6, { ours: median(steps), anchor: median(dbos) }),
    atMost('one at a time: whole deployment, p50', 2.5, { ours: median(overall), anchor: median(dbos) }),
    timed('one at a time: CPU per deployment', 60, median(cpuMs)),
    timed('`Run: true`: a step over the bare spawn', 40, overSpawn, { anchor: `spawn ${median(spawn).toFixed(1)} ms` }),
    noted('`Run: true`: twelve steps, p50', { ours: median(commands) * 12, anchor: median(dbosSpawns), unit: 'ms' }),
  ];
}

function loadResults([inFlight, { dbos, backstay }]) {
  const rate = (all) => sum(all.map(({ count }) => count)) / sum(all.map(({ seconds }) => seconds));
  const cpuMs = sum(backstay.map((each) => each.cpuMs * each.count)) / sum(backstay.map(({ count }) => count));
  return [
    atLeast(`${inFlight} at once: deployments`, 0.5, { ours: rate(backstay), anchor: rate(dbos) }),
    atLeast(`${inFlight} at once: of what its CPU allows`, 0.8, { ours: rate(backstay), anchor: 1000 / cpuMs }),
    timed(`${inFlight} at once: CPU per deployment`, 60, cpuMs),
  ];
}
