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

/** What a deployment may read in so many processes. */
export const readsOf = (processes) =>
  budget.deployment - budget.writing + (processes.length - 1) * budget.readsPerProcess;

/** Views are committed by the clock, not for each event: a machine that is not busy makes so many commits for a deployment. */
const viewCommits = 6;

/** What a deployment writes, whatever else the machine does: without the commits of views that it makes because it takes longer. */
export const steadyWritesOf = (sent) => sent.writing - Math.max(0, viewCommitsOf(sent) - viewCommits);

/** How often views were committed. */
export function viewCommitsOf({ rows }) {
  const commits = rows.find(({ kind, text }) => kind === 'writing' && text.includes('backstay.view_checkpoints'));
  return Math.round(commits?.calls ?? 0);
}

const idleMs = 10_000;
const watches = 50;
const watchedMs = 12_000;

/** @typedef {ReturnType<typeof summary>} Summary */
/** @typedef {{ sent: Summary, onServer: Summary | null, seconds: number, events: number, cpuMs: number }} Measured */

/** The second is what the budget speaks of; the others show how steady it is. */
const counted = ['second', 'third', 'fourth'];

/**
 * Deployments of twelve `Wait: 1ms` steps, one after the other, after a first one.
 * @param {readonly string[]} processes
 * @returns {Promise<{ idle: Summary, second: Measured, third: Measured, fourth: Measured }>}
 */
export async function measureDeployments(processes) {
  const scene = await countingScene(processes);
  try {
    scene.backstay.profile(['first', ...counted]);
    await deploy(scene, 'first');
    const before = await sample(scene);
    await pause(idleMs);
    const idle = await sample(scene);
    const idleSeconds = (idle.at - before.at) / 1000;
    const measured = { idle: summary(perSecond(difference(before.clients, idle.clients), idleSeconds)) };
    for (const service of counted) measured[service] = await measureOne(scene, service, [before, idle]);
    return measured;
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
    sent: net('clients'),
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
    await record.until('WatchStarted', ids, { withinMs: 300_000, everyMs: 100 });
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

function describe(say, processes, measured) {
  for (const which of counted) {
    const { sent, events, cpuMs, seconds } = measured[which];
    say(
      `${processes}, ${which} deployment: ${sent.total} statements ${split(sent)}, ${events} events, ` +
        `${cpuMs.toFixed(0)} ms of CPU, settled after ${seconds.toFixed(1)} s`,
    );
  }
  say(table(measured.second.sent));
}

export async function run({ say }) {
  const one = await measureDeployments(['one-process']);
  describe(say, 'one process', one);
  const { sent, onServer } = one.second;
  say(onServer === null ? 'pg_stat_statements is missing: counted by the clients alone' : 'the same on the server:');
  if (onServer !== null) say(table(onServer, 5));
  const six = await measureDeployments(services);
  describe(say, 'six processes', six);
  const watch = await measureWatches();
  say(`${watches} watches: ${watch.events} events, ${watch.perSecond.toFixed(0)} statements per second`);
  say(table(watch.counts));
  return [
    budgeted('idle, one process, per second', budget.idlePerSecond, one.idle.total),
    budgeted('deployment, one process', budget.deployment, sent.total, split(sent)),
    budgeted('  of them writing', budget.writing, sent.writing),
    ...(onServer === null
      ? []
      : [budgeted('  the same by pg_stat_statements', budget.deployment, onServer.total, split(onServer))]),
    budgeted('deployment, six processes, reading', readsOf(services), six.second.sent.reading),
    budgeted('  writing', budget.writing, six.second.sent.writing),
    budgeted(`${watches} watches, per event`, budget.perEventOfWatches, watch.perEvent),
  ];
}
