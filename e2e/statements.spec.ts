import { describe, expect, it } from 'vitest';
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
/** Statements that two counters of one run may differ by: they are not read at the same moment. */
const skew = 5;
/** On a machine that is busy with other things; a commit for each event would make 40. */
const mostViewCommits = 20;

/** Above the verdict, whatever it is. */
const print = (
  what: string,
  { total, writing, reading }: Awaited<ReturnType<typeof measureDeployments>>['idle'],
): void => console.info(`${what}: ${total} statements, ${writing} writing, ${reading} reading`);

describe('the budget of SQL statements', () => {
  it('holds for the second deployment of twelve steps in one process, and idle', async () => {
    const { idle, second } = await measureDeployments(['one-process']);
    const { sent, onServer } = second;
    print('second deployment, one process', sent);
    console.info(`idle: ${idle.total} a second`);
    expect(idle.total).toBeLessThanOrEqual(budget.idlePerSecond);
    expect(sent.total).toBeLessThanOrEqual(budget.deployment);
    expect(sent.writing).toBeLessThanOrEqual(budget.writing);
    if (onServer !== null) expect(Math.abs(onServer.total - sent.total)).toBeLessThanOrEqual(skew);
  });

  it('holds for the same in six processes, each of which may read a little more and none write', async () => {
    const { sent } = (await measureDeployments(services)).second;
    print('second deployment, six processes', sent);
    expect(sent.reading).toBeLessThanOrEqual(readsOf(services));
    expect(viewCommitsOf(sent)).toBeLessThanOrEqual(mostViewCommits);
    expect(steadyWritesOf(sent)).toBeLessThanOrEqual(budget.writing);
  });

  it('holds for fifty deployments that are watched', async () => {
    const { perEvent } = await measureWatches();
    console.info(`fifty watches: ${perEvent.toFixed(2)} statements an event`);
    expect(perEvent).toBeLessThanOrEqual(budget.perEventOfWatches);
  });
});
