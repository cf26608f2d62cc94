/** DBOS with a workflow of twelve steps, as its documentation shows; measured in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { replies } from '../support/instrument.mjs';

const steps = 12;
const acts = {
  nothing: async () => {},
  spawn: async () => void (await once(spawn('true', { stdio: 'ignore' }), 'exit')),
};

const workflows = Object.fromEntries(
  Object.entries(acts).map(([name, act]) => [
    name,
    DBOS.registerWorkflow(
      async () => {
        for (let step = 1; step <= steps; step += 1) await DBOS.runStep(act, { name: `step-${step}` });
      },
      { name },
    ),
  ]),
);

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.env.BENCH_POSTGRES_URL,
  systemDatabasePoolSize: 20,
  logLevel: 'error',
});
const launched = DBOS.launch();

/** Milliseconds from start to result. */
replies.workflow = async ({ name }) => {
  await launched;
  const begun = performance.now();
  const handle = await DBOS.startWorkflow(workflows[name])();
  await handle.getResult();
  return performance.now() - begun;
};
