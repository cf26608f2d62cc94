import { describe, expect, it, jest } from '@jest/globals';
import { budget, measureDeployment, measureWatches } from '../bench/parts/statements.mjs';
import { services } from './support/platform.ts';

// The machine may be busy with anything else; what is waited for, the measurement names.
jest.setTimeout(240_000);

/** Statements that two counters of one run may differ by: they are not read at the same moment. */
const skew = 5;

describe('the budget of SQL statements', () => {
  it('holds for a deployment of twelve steps in one process, and idle', async () => {
    const { idle, deployment, onServer } = await measureDeployment(['one-process']);
    expect(idle.total).toBeLessThanOrEqual(budget.idlePerSecond);
    expect(deployment.total).toBeLessThanOrEqual(budget.deployment);
    expect(deployment.writing).toBeLessThanOrEqual(budget.writing);
    if (onServer !== null) expect(Math.abs(onServer.total - deployment.total)).toBeLessThanOrEqual(skew);
  });

  it('holds for the same in six processes, each of which may read a little more', async () => {
    const { deployment } = await measureDeployment(services);
    expect(deployment.total).toBeLessThanOrEqual(budget.deployment + (services.length - 1) * budget.readsPerProcess);
    expect(deployment.writing).toBeLessThanOrEqual(budget.writing);
  });

  it('holds for fifty deployments that are watched', async () => {
    expect((await measureWatches()).perEvent).toBeLessThanOrEqual(budget.perEventOfWatches);
  });
});
