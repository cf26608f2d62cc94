import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DeploymentCommand, type DeploymentState, deploymentStream, type EffectOf } from '@backstay/deployment';
import { seal, type Actor } from '@backstay/event-sourcing';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { workLease } from '@backstay/postgres';
import { readSettings } from '../config/config.ts';
import { openPlatform, type Platform } from '../platform.ts';
import { unlessDetached, type EffectContext } from './effect-handler.ts';
import { hostedPhase, PhaseHost, type DeploymentHandlers } from './phase-host.ts';

type Draft = (
  effect: EffectOf<'draft-plan'>,
  context: EffectContext<DeploymentCommand, DeploymentState>,
) => Promise<readonly DeploymentCommand[]>;

const system: Actor = { kind: 'system', name: 'spec' };
/** Resolves when it is asked to; awaited instead of a sleep. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('the phase worker on a real database', () => {
  let database: TestDatabase;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await database.drop();
    await stopTestParts();
  });

  async function platform(): Promise<Platform> {
    const opened = await openPlatform(
      'planning',
      readSettings({
        BACKSTAY_POSTGRES_URL: database.url,
        BACKSTAY_NATS_AUTH: 'none',
        BACKSTAY_LOG_LEVEL: 'silent',
      }),
    );
    closers.push(() => opened.close());
    return opened;
  }

  async function planning(draft: Draft, on?: Platform): Promise<{ host: PhaseHost; platform: Platform }> {
    const standing = on ?? (await platform());
    const handlers: DeploymentHandlers = { 'draft-plan': draft };
    const host = new PhaseHost(standing, [hostedPhase('planning', { deployment: handlers }, standing)]);
    await host.start();
    closers.push(() => host.stop());
    return { host, platform: standing };
  }

  async function request(on: Platform, id: string): Promise<void> {
    const handler = on.deployments;
    const at = on.now();
    const origin = { source: 'spec', id, bodyDigest: 'x' };
    const command = {
      type: 'RequestDeployment' as const,
      id,
      kind: 'deployment' as const,
      origin,
      request: { document: '' },
      of: null,
      at,
    };
    const metadata = {
      commandId: on.ids(),
      time: at,
      actor: system,
      correlation: id,
      causation: null,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    await handler.handle(id, command, metadata);
  }

  const rejection = (at: string): readonly DeploymentCommand[] => [
    { type: 'RejectDeployment', because: 'document', problems: [], at },
  ];

  async function eventTypes(on: Platform, id: string, count: number): Promise<readonly string[]> {
    const stop = new AbortController();
    for await (const batch of on.store.subscribe({ signal: stop.signal })) {
      if (!batch.some(({ stream }) => stream === deploymentStream(id))) continue;
      const events = await on.store.read(deploymentStream(id));
      if (events.length >= count) return events.map(({ type }) => type);
    }
    return [];
  }

  it('finds work that no wake-up named, and records how it ended in the same trace', async () => {
    const { platform: on } = await planning((_effect, { now }) => Promise.resolve(rejection(now())));
    await request(on, 'unhinted');
    expect(await eventTypes(on, 'unhinted', 2)).toEqual(['DeploymentRequested', 'DeploymentRejected']);
    const [requested, rejected] = await on.store.read(deploymentStream('unhinted'));
    expect(rejected?.causation).toBe(requested?.id);
    expect(rejected?.actor).toEqual({ kind: 'service', name: 'planning' });
    expect(rejected?.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('finds work that was there before it started', async () => {
    const before = await platform();
    await request(before, 'earlier');
    await planning((_effect, { now }) => Promise.resolve(rejection(now())), before);
    expect(await eventTypes(before, 'earlier', 2)).toContain('DeploymentRejected');
  });

  it('lets one of two processes act at a time', async () => {
    let running = 0;
    let most = 0;
    const begun = gate();
    const finish = gate();
    const act: Draft = async (_effect, { now }) => {
      most = Math.max(most, (running += 1));
      begun.open();
      await finish.opened;
      running -= 1;
      return rejection(now());
    };
    const [{ platform: on, host }, other] = [await planning(act), await planning(act)];
    await request(on, 'shared');
    await begun.opened;
    for (const each of [host, other.host]) each.wake('planning', deploymentStream('shared'));
    finish.open();
    expect(await eventTypes(on, 'shared', 2)).toEqual(['DeploymentRequested', 'DeploymentRejected']);
    expect(most).toBe(1);
  });

  it('signals to an effect that it is no longer wanted as soon as the state has moved on', async () => {
    const begun = gate();
    const ended = gate();
    const { platform: on } = await planning(async (_effect, { unwanted }) => {
      begun.open();
      await new Promise<void>((resolve) => unwanted.addEventListener('abort', () => resolve(), { once: true }));
      ended.open();
      return [];
    });
    await request(on, 'cancelled');
    await begun.opened;
    const metadata = { commandId: on.ids(), time: on.now(), actor: system, correlation: 'cancelled', causation: null };
    await on.deployments.handle(
      'cancelled',
      { type: 'CancelDeployment', reason: 'no', by: 'spec', at: on.now() },
      metadata,
    );
    await ended.opened;
    expect(await eventTypes(on, 'cancelled', 2)).toEqual(['DeploymentRequested', 'DeploymentCancelled']);
  });

  it('lets go of an act when it drains, and another takes it up with a higher token', async () => {
    const tokens: number[] = [];
    const begun = gate();
    const first = await planning(async (_effect, { detach, token }) => {
      tokens.push(token);
      begun.open();
      await unlessDetached(detach, new Promise(() => {}));
      return [];
    });
    await request(first.platform, 'drained');
    await begun.opened;
    await first.host.stop();
    const { platform: on } = await planning((_effect, { now, token }) => {
      tokens.push(token);
      return Promise.resolve(rejection(now()));
    });
    expect(await eventTypes(on, 'drained', 2)).toContain('DeploymentRejected');
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
  });

  it('does not act on a stream with an event that it does not know, reports it, and goes on with the others', async () => {
    const drafted: string[] = [];
    const before = await platform();
    await request(before, 'newer');
    const [last] = await before.store.read(deploymentStream('newer'));
    const unknown = [{ type: 'SomethingNew', data: {} }];
    const actor = system;
    const metadata = { commandId: before.ids(), time: before.now(), actor, correlation: 'newer', causation: null };
    const head = { version: 1, hash: last?.hash ?? '' };
    const events = seal(deploymentStream('newer'), head, unknown, metadata, before.ids, before.digest);
    const { commandId } = metadata;
    await before.store.append({ stream: deploymentStream('newer'), expectedVersion: 1, commandId, events });
    const logged = vi.spyOn(before.logger, 'error');
    const reported = new Promise<unknown>((resolve) =>
      logged.mockImplementation((...entry: unknown[]) => resolve(entry[0])),
    );
    await planning((_effect, { id, now }) => {
      drafted.push(id);
      return Promise.resolve(rejection(now()));
    }, before);
    expect(await reported).toMatchObject({ stream: 'deployment-newer', err: { name: 'UnknownEvent' } });
    await request(before, 'known');
    expect(await eventTypes(before, 'known', 2)).toContain('DeploymentRejected');
    expect(drafted).not.toContain('newer');
    expect(await before.registry.metrics()).toMatch(/backstay_faults_total\{[^}]*\} [1-9]/);
  });

  it('tries an act again that threw', async () => {
    let tries = 0;
    const { platform: on } = await planning((_effect, { now }) => {
      tries += 1;
      if (tries < 3) throw new Error('the disk is full');
      return Promise.resolve(rejection(now()));
    });
    await request(on, 'faulty');
    expect(await eventTypes(on, 'faulty', 2)).toContain('DeploymentRejected');
    expect(tries).toBe(3);
  });

  it('holds a deployment after five faults of one effect, with the reason, and says nothing that an error may hold', async () => {
    const before = await platform();
    const name = workLease('planning', deploymentStream('hopeless'));
    const earlier = await before.liveLeases.acquire({ name, holder: 'earlier', ttlMs: 60_000 });
    if (earlier?.taken !== true) throw new Error('held');
    await before.liveLeases.release(earlier.lease, { deaths: 0, faults: 4, effect: 'draft-plan' });
    await planning(() => Promise.reject(new TypeError('the password is 1234')), before);
    await request(before, 'hopeless');
    expect(await eventTypes(before, 'hopeless', 2)).toEqual(['DeploymentRequested', 'DeploymentHeld']);
    const [, held] = await before.store.read(deploymentStream('hopeless'));
    expect(held?.data).toMatchObject({
      code: 'platform-fault',
      why: 'planning could not perform draft-plan 5 times (TypeError); it is tried again each minute',
    });
  });
});
