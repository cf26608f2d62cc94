import { describe, expect, it } from 'vitest';
import { createContext } from '../context.ts';
import { auditEntry, id, summary } from '../testing/entries.test-support.ts';
import { problem, withPlatform, type Reply, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay, recordingWorld, type ExternalServices } from '../testing/world.test-support.ts';
import { follow, type FollowOptions } from './follow.ts';

const path = `/v1/deployments/${id}`;

/** A deployment whose summaries come one after another, the last one for ever. */
function deployment(...summaries: Reply[]): Routes {
  return {
    [`GET ${path}`]: (_, before) => summaries[Math.min(before, summaries.length - 1)]!,
    [`GET ${path}/audit-trail`]: (_, before) => ({
      body: { entries: recorded.slice(0, before + 1) },
    }),
    [`GET ${path}/measurements`]: { body: { metrics: [] } },
    [`GET ${path}/why`]: { body: { status: 'x', sentence: 'because of this', chain: [] } },
  };
}

const recorded = [
  auditEntry('DeploymentRequested'),
  auditEntry('DeploymentPlanned'),
  auditEntry('DeploymentSucceeded'),
];
const executing = { body: summary() };
const succeeded = { body: summary({ status: 'succeeded', phase: 'monitoring' }) };

const watch = (routes: Routes, more: readonly string[] = [], externalServices: ExternalServices = {}) =>
  withPlatform(routes, ({ url }) => backstay(['watch', id, '--url', url, ...more], externalServices));

const followed = (routes: Routes, options: Partial<FollowOptions>) =>
  withPlatform(routes, async ({ url }) => {
    const { world } = recordingWorld();
    return (await follow(createContext(world, { url }), { id, ...options })).exitCode;
  });

describe('watching a deployment without an event stream', () => {
  it.each([
    ['succeeded', 0],
    ['cancelled', 1],
    ['rolled-back-verified', 3],
    ['halted', 4],
    ['rejected', 6],
  ] as const)('to its end %s ends with %i', async (status, code) => {
    expect((await watch(deployment({ body: summary({ status }) }))).code).toBe(code);
  });

  it('appends each event once, then the outcome', async () => {
    const { out } = await watch(deployment(executing, executing, succeeded));
    const lines = out.split('\n').filter((line) => line.endsWith('happened'));
    expect(lines.map((line) => line.replace(/^[\d:]+ +/, ''))).toEqual([
      'DeploymentRequested happened',
      'DeploymentPlanned happened',
      'DeploymentSucceeded happened',
    ]);
    expect(out).toContain('✔ succeeded');
    expect(out).not.toContain('\u001b[');
  });

  it('prints NDJSON with --json: events, then the deployment', async () => {
    const { out } = await watch(deployment(executing, succeeded), ['--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => Object.keys(line)[0])).toEqual(['entry', 'entry', 'deployment']);
  });

  it('goes on without the event stream', async () => {
    const routes = { ...deployment(executing, succeeded), 'GET /v1/events/stream': problem(503, 'no stream') };
    expect((await watch(routes)).code).toBe(0);
  });

  it('ends with 7 when the time is over, and says how to go on', async () => {
    const { code, err } = await watch(deployment(executing), ['--timeout', '2s']);
    expect(code).toBe(7);
    expect(err).toContain(`backstay watch ${id}`);
  });

  it('ends with 7 when somebody leaves', async () => {
    const leaving = new AbortController();
    const leavingAtTheSecondLook = (_: unknown, before: number): Reply => {
      if (before === 1) leaving.abort();
      return executing;
    };
    const routes = { ...deployment(executing), [`GET ${path}`]: leavingAtTheSecondLook };
    const { code, err } = await watch(routes, [], { interrupted: leaving.signal });
    expect([code, err]).toEqual([7, `left; deployment ${id} goes on: backstay watch ${id}\n`]);
  });

  it('bears with a platform that restarts', async () => {
    expect((await watch(deployment(executing, problem(503, 'restarting'), succeeded))).code).toBe(0);
  });

  it('does not wait for a deployment that nobody knows', async () => {
    expect((await watch(deployment(problem(404, 'Not found')))).code).toBe(2);
  });

  it('waits for one that was asked for over NATS', async () => {
    expect(await followed(deployment(problem(404, 'Not found'), succeeded), { appearsWithinMs: 10_000 })).toBe(0);
  });

  it('ends at once when it may not look', async () => {
    expect((await watch(deployment(executing, problem(401, 'Who asks is not known')))).code).toBe(6);
  });

  it('draws in place on a terminal, and says why at the end', async () => {
    const ended = { body: summary({ status: 'rolled-back-verified', phase: 'rollback' }) };
    const { out } = await watch(deployment(executing, ended), ['--no-color'], { terminal: { columns: 100, rows: 30 } });
    expect(out).toContain('● executing');
    expect(out).toContain('^C leaves; the deployment goes on');
    const last = out.slice(out.lastIndexOf('\u001b[0J'));
    expect(last).toMatch(/↶ rolled back, verified[^]*Why: because of this\n/);
    expect(last.endsWith('\u001b[?25h')).toBe(true);
    expect(last).not.toContain('^C leaves');
  });
});
