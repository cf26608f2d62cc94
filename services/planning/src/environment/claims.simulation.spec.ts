import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { isEnded, type DeploymentCommand } from '@backstay/deployment';
import { examplePlan, minutes } from '@backstay/deployment/testing';
import { Rejection } from '@backstay/event-sourcing';
import { Simulation, type ClaimHandlers, type SimulatedScript, type Claims } from '@backstay/service-kit/testing';
import { claimEnvironment } from './claim-environment.ts';
import { reviewClaim } from './review-claim.ts';
import { settleEnvironment } from './settle-environment.ts';

const seconds = (count: number): number => count * 1_000;

/** Planning's own effects, with a count of the claims that are attempted. */
function claimsOf(attempted: (id: string) => void = () => {}): Claims {
  return ({ deployments, environments }, now): ClaimHandlers => {
    const ports = { deployments, environments, now };
    return {
      deployment: {
        'claim-environment': (_effect, context) => {
          attempted(context.id);
          return claimEnvironment(ports, context);
        },
        'settle-environment': (_effect, context) => settleEnvironment(ports, context),
      },
      environment: { 'review-claim': (effect, context) => reviewClaim(ports, effect, context) },
    };
  };
}

const { monitoring } = examplePlan();
const plan = examplePlan({ monitoring: { ...monitoring, watchMs: seconds(4), everyMs: seconds(2) } });
const holding: SimulatedScript = {
  plan,
  outcome: ({ id }) => (id === 'deploy.1' ? 'running' : { status: 'succeeded' }),
};

const cancel = (at: string): DeploymentCommand => ({ type: 'CancelDeployment', reason: 'no', by: 'operator', at });

async function unlessRejected(act: Promise<void>): Promise<void> {
  await act.catch((error: unknown) => {
    if (!(error instanceof Rejection)) throw error;
  });
}

describe('a deployment that waits for its environment', () => {
  /** `d-1` holds the environment; the others wait. */
  async function queued(world: Simulation, ...ids: readonly string[]): Promise<void> {
    world.start();
    await world.request('d-1', holding);
    await world.until(() => world.commands.running === 1);
    for (const id of ids) {
      await world.request(id, { plan });
      await world.untilStatus(id, 'held');
    }
  }

  it.each([
    ['by NATS', { bus: {}, durableDelayMs: minutes(10) }],
    ['by the subscription of the store', { bus: { isDown: true }, durableDelayMs: 0 }],
  ])('is woken by the event that lets the environment go, %s, and claims nothing before', async (_how, paths) => {
    const attempts: string[] = [];
    const world = new Simulation({ claims: claimsOf((id) => attempts.push(id)) });
    world.bus.faults = paths.bus;
    await queued(world, 'd-2');
    world.durableDelayMs = paths.durableDelayMs;
    await world.pass(seconds(5));
    attempts.length = 0;
    await world.pass(minutes(8));
    expect(attempts).toEqual([]);
    const events = world.environmentEvents().length;
    await world.handle('d-1', cancel(world.now));
    await world.until(() => world.environmentState().holder === 'd-2', seconds(2));
    expect(attempts.length).toBeLessThanOrEqual(world.environmentEvents().length - events);
    await world.untilComplete('d-1', 'd-2');
  });

  it('attempts one claim for each event of the environment at most, however many wait', async () => {
    const attempts: string[] = [];
    const world = new Simulation({ claims: claimsOf((id) => attempts.push(id)) });
    world.bus.faults = { isDown: true };
    await queued(world, 'd-2', 'd-3', 'd-4');
    await world.pass(seconds(5));
    for (const [ending, next] of [
      ['d-1', 'd-2'],
      ['d-2', 'd-3'],
    ] as const) {
      attempts.length = 0;
      const events = world.environmentEvents().length;
      await unlessRejected(world.handle(ending, cancel(world.now)));
      await world.until(() => world.environmentState().holder === next);
      await world.pass(seconds(1));
      const happened = world.environmentEvents().length - events;
      for (const id of ['d-3', 'd-4'].filter((each) => each !== next))
        expect(attempts.filter((each) => each === id).length).toBeLessThanOrEqual(happened);
    }
    await world.untilComplete();
  });

  it('is found by whoever comes next when the only process dies as the environment is let go', async () => {
    const world = new Simulation({ claims: claimsOf() });
    await queued(world, 'd-2');
    await world.pass(seconds(5));
    world.isFatal = ({ events }) => events.some(({ type }) => type === 'EnvironmentSettled');
    await world.handle('d-1', cancel(world.now));
    await world.until(() => world.processes.every(({ isAlive }) => !isAlive));
    world.isFatal = () => false;
    world.start();
    await world.until(() => world.environmentState().holder === 'd-2', seconds(5));
    await world.untilComplete('d-1', 'd-2');
  });
});

describe('a deployment whose claim is late because its wake-up was lost', () => {
  /** `d-1` holds the environment; `d-2` is requested and not heard of, then `d-3` is requested and claims. */
  async function overtaken(world: Simulation, later: SimulatedScript): Promise<void> {
    world.start();
    await world.request('d-1', holding);
    await world.until(() => world.commands.running === 1);
    await world.pass(seconds(1));
    world.durableDelayMs = minutes(1);
    world.bus.faults = { isDown: true };
    await world.request('d-2', { plan });
    world.bus.faults = {};
    await world.request('d-3', later);
    await world.untilStatus('d-3', 'held');
    expect(world.types('d-2')).toEqual(['DeploymentRequested']);
    expect(world.environmentState()).toMatchObject({ holder: 'd-1', queue: ['d-3'] });
  }

  it('has its place before who was requested later and claimed first', async () => {
    const world = new Simulation({ claims: claimsOf() });
    await overtaken(world, { plan });
    await world.untilStatus('d-2', 'held');
    expect(world.environmentState().queue).toEqual(['d-2', 'd-3']);
    await world.handle('d-1', cancel(world.now));
    await world.untilComplete();
    const claimed = world.environmentEvents().filter(({ type }) => type === 'EnvironmentClaimed');
    expect(claimed.map(({ correlation }) => correlation)).toEqual(['d-1', 'd-2', 'd-3']);
  });

  it('is superseded by the later request where only the latest counts', async () => {
    const world = new Simulation({ claims: claimsOf() });
    await overtaken(world, { plan: { ...plan, queue: 'latest' } });
    await world.untilStatus('d-2', 'superseded');
    expect(world.events('d-2').find(({ type }) => type === 'DeploymentSuperseded')?.data).toMatchObject({ by: 'd-3' });
    await world.handle('d-1', cancel(world.now));
    await world.untilComplete();
    const settled = world.environmentEvents().filter(({ type }) => type === 'EnvironmentSettled');
    expect(settled.map(({ correlation }) => correlation)).toEqual(['d-1', 'd-3']);
  });

  it('is superseded also where the later request holds the environment already', async () => {
    const world = new Simulation({ claims: claimsOf() });
    world.start();
    await world.pass(seconds(1));
    world.durableDelayMs = minutes(1);
    world.bus.faults = { isDown: true };
    await world.request('d-1', { plan });
    world.bus.faults = {};
    await world.request('d-2', { ...holding, plan: { ...plan, queue: 'latest' } });
    await world.until(() => world.commands.running === 1);
    expect(world.types('d-1')).toEqual(['DeploymentRequested']);
    await world.untilStatus('d-1', 'superseded');
    expect(world.environmentState()).toMatchObject({ holder: 'd-2' });
    expect(world.events('d-1').find(({ type }) => type === 'DeploymentSuperseded')?.data).toMatchObject({ by: 'd-2' });
    await world.handle('d-2', cancel(world.now));
    await world.untilComplete();
    const settled = world.environmentEvents().filter(({ type }) => type === 'EnvironmentSettled');
    expect(settled.map(({ correlation }) => correlation)).toEqual(['d-2']);
  });
});

describe('claim and settle, with a crash after any append', () => {
  const ids = ['d-1', 'd-2', 'd-3'];
  const about = fc.record({ id: fc.constantFrom(...ids), atMs: fc.nat({ max: seconds(30) }) });
  const scenarioArbitrary = fc.record({
    seed: fc.nat(),
    crashes: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8, size: 'max' }),
    cancels: fc.array(about, { maxLength: 3 }),
    lateClaims: fc.array(about, { maxLength: 4 }),
    watches: fc.array(fc.constantFrom('passes' as const, 'degrades' as const), { minLength: 3, maxLength: 3 }),
  });

  /** A planner that decided to claim, was stopped, and goes on much later. */
  async function claimLate(world: Simulation, id: string): Promise<void> {
    if (!world.types(id).includes('BlockersCleared')) return;
    await unlessRejected(world.handleEnvironment({ type: 'ClaimEnvironment', deployment: id, at: world.now }));
  }

  function expectSettled(world: Simulation, id: string): void {
    expect(isEnded(world.state(id))).toBe(true);
    const of = (type: string) =>
      world
        .environmentEvents()
        .filter((event) => event.type === type && 'deployment' in event.data && event.data.deployment === id).length;
    expect(of('EnvironmentSettled')).toBe(of('EnvironmentClaimed'));
    expect(world.types(id).filter((type) => type === 'EnvironmentReleased').length).toBeLessThanOrEqual(1);
  }

  it('ends with one settlement of each claim, and nobody holds it who has ended', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ seed, crashes, cancels, lateClaims, watches }) => {
        const world = new Simulation({ seed, claims: claimsOf() });
        let left = [...crashes];
        world.isFatal = () => {
          const [appends] = left;
          if (appends === undefined) return false;
          left = appends > 1 ? [appends - 1, ...left.slice(1)] : left.slice(1);
          if (appends > 1) return false;
          world.time.after(100, () => void world.start());
          return true;
        };
        world.start();
        for (const [index, id] of ids.entries()) await world.request(id, { plan, watch: watches[index] ?? 'passes' });
        for (const { id, atMs } of cancels)
          world.time.after(atMs, () => void unlessRejected(world.handle(id, cancel(world.now))));
        for (const { id, atMs } of lateClaims) world.time.after(atMs, () => void claimLate(world, id));
        await world.untilComplete();
        // A claim that came after the end is taken back when it is reviewed.
        for (const { id } of lateClaims) await claimLate(world, id);
        await world.until(
          () => world.environmentState().holder === null && world.environmentState().queue.length === 0,
        );
        for (const id of ids) expectSettled(world, id);
      }),
      runs(60),
    );
  });
});
