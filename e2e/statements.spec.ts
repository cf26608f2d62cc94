import { describe, expect, it, jest } from '@jest/globals';
import {
  budget,
  measureDeployments,
  measureWatches,
  readsOf,
  steadyWritesOf,
  viewCommitsOf,
} from '../bench/parts/statements.mjs';
import { services } from './support/platform.ts';

// The machine may be busy with anything else; what is waited for, the measurement names.
jest.setTimeout(240_000);

/** Statements that two counters of one run may differ by: they are not read at the same moment. */
const skew = 5;
/** On a machine that is busy with other things; a commit for each event would make 40. */
const mostViewCommits = 20;

describe('the budget of SQL statements', () => {
  it('holds for the second deployment of twelve steps in one process, and idle', async () => {
    const { idle, second } = await measureDeployments(['one-process']);
    const { sent, onServer } = second;
    expect(idle.total).toBeLessThanOrEqual(budget.idlePerSecond);
    expect(sent.total).toBeLessThanOrEqual(budget.deployment);
    expect(sent.writing).toBeLessThanOrEqual(budget.writing);
    if (onServer !== null) expect(Math.abs(onServer.total - sent.total)).toBeLessThanOrEqual(skew);
  });

  it('holds for the same in six processes, each of which may read a little more and none write', async () => {
    const { sent } = (await measureDeployments(services)).second;
    expect(sent.reading).toBeLessThanOrEqual(readsOf(services));
    expect(viewCommitsOf(sent)).toBeLessThanOrEqual(mostViewCommits);
    expect(steadyWritesOf(sent)).toBeLessThanOrEqual(budget.writing);
  });

  it('holds for fifty deployments that are watched', async () => {
    expect((await measureWatches()).perEvent).toBeLessThanOrEqual(budget.perEventOfWatches);
  });
});
