/** A start on a store of 100,000 events that nobody has followed yet: how soon work that was left pending is taken up. */
import { setTimeout as pause } from 'node:timers/promises';
import { waitSteps } from '../support/documents.mjs';
import { noted, timed } from '../support/figures.mjs';
import { History, insertEvents } from '../support/history.mjs';
import { timingScene } from '../support/scenes.mjs';

export const title = 'Start on a store of 100,000 events';

const events = 100_000;
const copiesAtOnce = 100;
/** Where a deployment was left, and the event by which the phase shows that it has found it. */
const pending = [
  ['planning', 'DeploymentRequested', 'PlanDrafted'],
  ['execution', 'DeploymentPlanned', 'StepStarted'],
  ['verification', 'ExecutionCompleted', 'VerificationPassed'],
  ['settling', 'DeploymentSucceeded', 'EnvironmentReleased'],
];
const withinMs = 90_000;

export async function run({ servers, say }) {
  const scene = await timingScene(servers, 'restart');
  const { record, start } = scene;
  try {
    const left = await seed(scene);
    say(`${await record.count()} events in the store`);
    const begun = performance.now();
    const restarted = await start();
    try {
      const ready = performance.now() - begun;
      const delays = await Promise.all(left.map(({ id, shows }) => delayOf(record, { id, shows, begun })));
      return [
        noted('the API is ready after', { ours: ready / 1000, unit: 's' }),
        ...left.map(({ phase }, at) => found(phase, delays[at])),
      ];
    } finally {
      await restarted.stop();
    }
  } finally {
    await scene.close();
  }
}

function found(phase, ms) {
  const result = timed(`pending ${phase} is taken up after`, 5, ms / 1000, { unit: 's' });
  return ms < withinMs ? result : { ...result, ours: `more than ${result.ours}` };
}

/** Not longer than is waited for. */
async function delayOf(record, { id, shows, begun }) {
  while (!(await record.has(shows, id))) {
    if (performance.now() - begun > withinMs) return withinMs;
    await pause(50);
  }
  return performance.now() - begun;
}

/** Fills the store behind what is followed so far; the last events are those of deployments that were left in between. */
async function seed({ backstay, record }) {
  const id = await backstay.request(waitSteps('template-service', '1.0.0'));
  await record.until('EnvironmentReleased', [id]);
  await record.untilQuiet();
  await backstay.stop();
  const history = await History.of(record, { id, service: 'template-service' });
  const copies = Math.ceil(events / history.length);
  for (let done = 0; done < copies; done += copiesAtOnce) {
    const some = Array.from({ length: copiesAtOnce }, (_, index) => history.copy(`service-${done + index}`).rows);
    await insertEvents(record, some.flat());
  }
  const left = pending.map(([phase, upTo, shows]) => ({ phase, shows, ...history.copy(`left-to-${phase}`, upTo) }));
  await insertEvents(
    record,
    left.flatMap(({ rows }) => rows),
  );
  return left;
}
