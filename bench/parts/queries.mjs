/** What people ask most, one deployment and the list of fifty, beside Fastify alone with the same query on the same rows. */
import { join } from 'node:path';
import { waitSteps } from '../support/documents.mjs';
import { atLeast, best } from '../support/figures.mjs';
import { History, insertEvents } from '../support/history.mjs';
import { repliesPerSecond } from '../support/http-load.mjs';
import { MeasuredProcess } from '../support/measured-process.mjs';
import { timingScene } from '../support/scenes.mjs';

export const title = 'HTTP queries beside bare Fastify';

const rounds = 15;
const roundMs = 400;
const deployments = 60;

export async function run({ servers }) {
  const scene = await timingScene(servers, 'queries');
  const { backstay, record, postgresUrl, directory } = scene;
  const bare = new MeasuredProcess({
    script: new URL('../peers/bare-fastify.mjs', import.meta.url),
    env: { ...process.env, NODE_ENV: 'production', BENCH_POSTGRES_URL: postgresUrl },
    log: join(directory, 'bare-fastify.log'),
  });
  try {
    const id = await backstay.request(waitSteps('template-service', '1.0.0'));
    await record.until('EnvironmentReleased', [id]);
    const history = await History.of(record, { id, service: 'template-service' });
    const copies = Array.from({ length: deployments }, (_, index) => history.copy(`service-${index}`));
    await insertEvents(
      record,
      copies.flatMap(({ rows }) => rows),
    );
    await record.untilQuiet();
    const bareUrl = await bare.ask('url');
    const paths = { 'one deployment': `/v1/deployments/${id}`, 'list of 50': '/v1/deployments?limit=50' };
    const results = [];
    for (const [what, path] of Object.entries(paths)) {
      const rates = { ours: [], anchor: [] };
      for (let round = 0; round <= rounds; round += 1) {
        rates.anchor.push(await repliesPerSecond(`${bareUrl}${path}`, { forMs: roundMs }));
        rates.ours.push(await repliesPerSecond(`${backstay.url}${path}`, { forMs: roundMs }));
      }
      // The first round warms up.
      const [ours, anchor] = [best(rates.ours.slice(1)), best(rates.anchor.slice(1))];
      results.push(atLeast(what, 0.85, { ours, anchor }));
    }
    return results;
  } finally {
    await bare.stop();
    await scene.close();
  }
}
