/**
 * How many SQL statements Backstay sends: idle, for a deployment of twelve steps from its request over NATS until everything has
 * settled, and while it watches fifty deployments. Counted below the pools, without BEGIN, COMMIT and NOTIFY, less the idle rate.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { services } from '../support/backstay.mjs';
import { watched, waitSteps } from '../support/documents.mjs';
import { budgeted } from '../support/figures.mjs';
import { countingScene, metricsServer } from '../support/scenes.mjs';
import { difference, perSecond, sampleClients, sampleServer, summary } from '../support/statements.mjs';

export const title = 'SQL statements';

export const budget = {
  idlePerSecond: 3,
  deployment: 150,
  writing: 60,
  /** Each process beside the first may add so many reads to a deployment. */
  readsPerProcess: 60,
  perEventOfWatches: 4,
};

const idleMs = 10_000;
const watches = 50;
const watchedMs = 12_000;

/** @typedef {ReturnType<typeof summary>} Summary */

/** A machine that is slow for a moment makes views commit more often: the least of so many deployments counts. */
const counted = ['second', 'third', 'fourth'];

/**
 * The least of the deployments of twelve `Wait: 1ms` steps after the first.
 * @param {readonly string[]} processes
 * @returns {Promise<{ idle: Summary, deployment: Summary, onServer: Summary | null, seconds: number, events: number, cpuMs: number }>}
 */
export async function measureDeployment(processes) {
  const scene = await countingScene(processes);
  try {
    scene.backstay.profile(['first', ...counted]);
    await deploy(scene, 'first');
    const samples = [await sample(scene)];
    await pause(idleMs);
    samples.push(await sample(scene));
    const measured = [];
    for (const service of counted) measured.push(await measureOne(scene, service, samples));
    return measured.reduce((one, other) => (other.deployment.writing < one.deployment.writing ? other : one));
  } finally {
    await scene.close();
  }
}

async function measureOne(scene, service, [before, idle]) {
  const { record, hasServerCounts } = scene;
  const [events, begun] = [await record.count(), await sample(scene)];
  const id = await deploy(scene, service);
  const ended = await sample(scene);
  await assertSucceeded(scene, id);
  const [idleSeconds, seconds] = [(idle.at - before.at) / 1000, (ended.at - begun.at) / 1000];
  const net = (of) =>
    summary(difference(begun[of], ended[of], perSecond(difference(before[of], idle[of]), idleSeconds), seconds));
  return {
    idle: summary(perSecond(difference(before.clients, idle.clients), idleSeconds)),
    deployment: net('clients'),
    onServer: hasServerCounts ? net('server') : null,
    seconds,
    events: (await record.count()) - events,
    cpuMs: ended.cpuMs - begun.cpuMs - ((idle.cpuMs - before.cpuMs) / idleSeconds) * seconds,
  };
}

/** Fifty deployments that are watched at once, in one process. @returns statements per event that was appended meanwhile */
export async function measureWatches() {
  const scene = await countingScene(['one-process']);
  const { backstay, record } = scene;
  const metrics = await metricsServer();
  try {
    const names = Array.from({ length: watches }, (_, index) => `watched-${index}`);
    backstay.profile(names, [`metrics: scrape ${metrics.url}`, 'notify: { on-call: log }', 'allow: ["127.0.0.1:*"]']);
    const watch = { seconds: 300, everySeconds: 3 };
    const ids = await Promise.all(names.map((name) => backstay.request(watched(name, '1.0.0', watch))));
    await record.until('WatchStarted', ids, { withinMs: 120_000, everyMs: 100 });
    await pause(watch.everySeconds * 1000);
    const [before, eventsBefore, begun] = [await sampleClients(backstay), await record.count(), performance.now()];
    await pause(watchedMs);
    const [after, eventsAfter] = [await sampleClients(backstay), await record.count()];
    const counts = summary(difference(before, after));
    const events = eventsAfter - eventsBefore;
    const seconds = (performance.now() - begun) / 1000;
    return { counts, events, perEvent: counts.total / events, perSecond: counts.total / seconds };
  } finally {
    await scene.close();
    await metrics.close();
  }
}

// Each of a service of its own: what runs before must be verified by checks, which these documents do not have.
async function deploy({ backstay, record }, service) {
  const id = await backstay.request(waitSteps(service, '1.0.0'));
  await record.until('EnvironmentReleased', [id]);
  await record.untilQuiet();
  return id;
}

/** Views must have caught up in the time that was counted. */
async function assertSucceeded({ backstay }, id) {
  const { status } = await fetch(`${backstay.url}/v1/deployments/${id}`).then((response) => response.json());
  if (status !== 'succeeded') throw new Error(`the view says that deployment ${id} is ${status}`);
}

async function sample({ backstay, record, hasServerCounts, user }) {
  const [at, clients, cpuMs] = [performance.now(), await sampleClients(backstay), await backstay.cpuMs()];
  return { at, clients, cpuMs, server: hasServerCounts ? await sampleServer(record, user) : new Map() };
}

const table = ({ rows }, most = 20) =>
  rows
    .slice(0, most)
    .map(({ text, calls, kind }) => `${calls.toFixed(1).padStart(8)}  ${kind}  ${shortened(text).slice(0, 130)}`)
    .join('\n');

const shortened = (text) => text.replace(/^SELECT .{30,}? FROM /, 'SELECT … FROM ').replace(/\([\w, ]{40,}\)/, '(…)');

const split = ({ writing, reading }) => `(${writing} writing, ${reading} reading)`;

export async function run({ say }) {
  const one = await measureDeployment(['one-process']);
  say(
    `one process: ${one.events} events, ${one.cpuMs.toFixed(0)} ms of CPU, settled after ${one.seconds.toFixed(1)} s`,
  );
  say(table(one.deployment));
  say(
    one.onServer === null ? 'pg_stat_statements is missing: counted by the clients alone' : 'the same on the server:',
  );
  if (one.onServer !== null) say(table(one.onServer, 5));
  const six = await measureDeployment(services);
  say(
    `six processes: ${six.events} events, ${six.cpuMs.toFixed(0)} ms of CPU, settled after ${six.seconds.toFixed(1)} s`,
  );
  say(table(six.deployment));
  const watch = await measureWatches();
  say(`${watches} watches: ${watch.events} events, ${watch.perSecond.toFixed(0)} statements per second`);
  say(table(watch.counts));
  const further = services.length - 1;
  return [
    budgeted('idle, one process, per second', budget.idlePerSecond, one.idle.total),
    budgeted('deployment, one process', budget.deployment, one.deployment.total, split(one.deployment)),
    budgeted('  of them writing', budget.writing, one.deployment.writing),
    ...(one.onServer === null
      ? []
      : [budgeted('  the same by pg_stat_statements', budget.deployment, one.onServer.total, split(one.onServer))]),
    budgeted(
      'deployment, six processes',
      budget.deployment + further * budget.readsPerProcess,
      six.deployment.total,
      split(six.deployment),
    ),
    budgeted('  of them writing', budget.writing, six.deployment.writing),
    budgeted(`${watches} watches, per event`, budget.perEventOfWatches, watch.perEvent),
  ];
}
