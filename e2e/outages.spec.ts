import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size } from '@backstay/event-sourcing/testing';
import { documentFor } from './support/document.ts';
import { eventually } from './support/eventually.ts';
import { services, type ServiceName } from './support/platform.ts';
import { Scene } from './support/scene.ts';
import type { Subject } from './support/subject.ts';
import { TcpProxy, type Passage } from './support/tcp-proxy.ts';

/** A server is taken from one service or from all; the network between all of them and what is deployed. */
interface Outage {
  readonly what: 'postgres' | 'nats' | 'network';
  readonly from: readonly ServiceName[];
  readonly passage: Exclude<Passage, 'open'>;
}

/** `FIGURES=full npm run e2e -- e2e/outages`: each server from each service, in both ways, for ten seconds. */
const lastsMs = size(10_000, 300);
const isFull = lastsMs === 10_000;
const passages: readonly Outage['passage'][] = isFull ? ['closed', 'silent'] : ['closed'];
const each = (what: Outage['what'], passage: Outage['passage']): readonly Outage[] =>
  services.map((name) => ({ what, from: [name], passage }));
const outages = passages.flatMap((passage): readonly Outage[] => [
  ...each('postgres', passage),
  ...(isFull ? each('nats', passage) : []),
  { what: 'postgres', from: services, passage },
  { what: 'nats', from: services, passage },
  { what: 'network', from: [], passage },
]);
const describeOutage = ({ what, from, passage }: Outage) =>
  `${what} ${passage} for ${from.length === 1 ? from[0] : 'all'}`;

const brief = 'Watch for 1s, every 500ms';
const begins = (subject: Subject, what: string) => () =>
  subject.record().some((line) => line.startsWith(`begin ${what} `));

describe('PostgreSQL, NATS and the network, taken away in every phase', () => {
  const ways: Partial<Record<ServiceName, Record<'postgres' | 'nats', TcpProxy>>> = {};
  const network: TcpProxy[] = [];
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open(services, {}, async (name, servers) => {
      const [postgres, nats] = await Promise.all([TcpProxy.before(servers.postgres), TcpProxy.before(servers.nats)]);
      ways[name] = { postgres, nats };
      return { BACKSTAY_POSTGRES_URL: postgres.url, BACKSTAY_NATS_URL: nats.url };
    });
  });
  afterAll(async () => {
    await scene?.close();
    const proxies = [...network, ...Object.values(ways).flatMap(({ postgres, nats }) => [postgres, nats])];
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  const proxied = async (url: string) => {
    const proxy = await TcpProxy.before(url);
    network.push(proxy);
    return proxy.url;
  };

  /** One deployment in each phase, which stays there until the test goes on with it. */
  async function inEveryPhase() {
    const [executing, verifying, watched, rollingBack] = await Promise.all([
      scene.subject('executing'),
      scene.subject('verifying', { at: async ({ baseUrl }) => ({ baseUrl: await proxied(baseUrl) }) }),
      scene.subject('watched', { at: async ({ baseUrl }) => ({ metrics: `${await proxied(baseUrl)}/metrics` }) }),
      scene.subject('rolling-back'),
    ]);
    executing.hold('labour');
    rollingBack.hold('untouch');
    verifying.breakVersion('1.0.0', { loginIsEmpty: true });
    const touch = 'Touch the world\n   - Run: `node note.mjs touch`\n   - Undo: `node note.mjs untouch`';
    const stumble = 'Stumble\n   - Run: `node --eval process.exit(7)`';
    const smoke = 'Run smoke tests\n   - Retry: 9999 times every 500ms';
    const rollBack = async () => {
      await scene.deployed(rollingBack, '1.0.0', { watch: brief });
      return scene.deploy(rollingBack, '1.1.0', { extra: [touch, stumble] });
    };
    const [labour, smokeTested, watching, undone] = await Promise.all([
      scene.deploy(executing, '1.0.0', { extra: ['Labour\n   - Run: `node note.mjs labour`'], watch: brief }),
      scene.deploy(verifying, '1.0.0', { post: [smoke], watch: brief }),
      scene.deploy(watched, '1.0.0', { watch: 'Watch for 30m, every 500ms' }),
      rollBack(),
    ]);
    await eventually(begins(executing, 'labour'), 'it labours');
    const queued = await scene.deploy(executing, '1.1.0', {
      pre: ['Fail\n   - Run: `node --eval process.exit(1)`\n   - Mutates: no'],
    });
    await eventually(begins(rollingBack, 'untouch'), 'it is undone');
    await scene.event(smokeTested, 'StepFailed', ({ willRetryAt }) => willRetryAt !== null);
    const ids = {
      executing: labour,
      held: queued,
      verifying: smokeTested,
      monitoring: watching,
      'rolling-back': undone,
    };
    return { executing, verifying, watched, rollingBack, ids };
  }

  const passing = ({ what, from }: Outage, passage: Passage) => {
    const proxies = what === 'network' ? network : from.map((name) => ways[name]![what]);
    return Promise.all(proxies.map((proxy) => proxy.pass(passage)));
  };

  const isReady = async (name: ServiceName): Promise<boolean> => (await scene.platform.readiness(name)).status === 200;
  const isOnBus = async (name: ServiceName): Promise<boolean> =>
    (await scene.platform.readiness(name)).details['nats']?.status === 'up';

  /** Whoever lacks PostgreSQL says that it is not ready, and nobody else; whoever lacks NATS says so and is. */
  async function mustBeReported({ what, from, passage }: Outage): Promise<void> {
    for (const name of services) {
      const lacks = from.includes(name);
      if (what === 'postgres' && lacks) await eventually(async () => !(await isReady(name)), `${name} is not ready`);
      else await eventually(() => isReady(name), `${name} is ready, which lacks nothing`);
      // A connection on which nothing passes is found out by its pings, after a while.
      if (what === 'nats' && lacks && passage === 'closed')
        await eventually(async () => !(await isOnBus(name)), `${name} lacks NATS`);
    }
  }

  const mustBeBack = () =>
    Promise.all(services.map((name) => eventually(() => scene.platform.isComplete(name), `${name} is as before`)));

  it('end no process, do no step twice, and each deployment ends as it would have', async () => {
    const { executing, verifying, watched, rollingBack, ids } = await inEveryPhase();
    const document = documentFor(executing, '1.2.0').replace('- Environment: production', '- Environment: [which one]');
    const rejected: string[] = [];
    for (const outage of outages) {
      for (const [status, id] of Object.entries(ids)) await scene.api.until(id, [status]);
      const at = performance.now();
      await passing(outage, outage.passage);
      rejected.push(await scene.publish({ document }));
      await mustBeReported(outage);
      await pause(Math.max(0, lastsMs - (performance.now() - at)));
      await passing(outage, 'open');
      await mustBeBack();
      expect([describeOutage(outage), scene.platform.lost]).toEqual([describeOutage(outage), []]);
    }
    executing.letGo('labour');
    rollingBack.letGo('untouch');
    verifying.breakVersion('1.0.0', {});
    watched.breakVersion('1.0.0', { failEvery: 4 });
    const ends = Object.entries(ids).map(async ([phase, id]) => [phase, (await scene.api.end(id)).status]);
    expect(Object.fromEntries(await Promise.all(ends))).toEqual({
      executing: 'succeeded',
      held: 'failed',
      verifying: 'succeeded',
      monitoring: 'rolled-back-unverified',
      'rolling-back': 'rolled-back-verified',
    });
    for (const id of rejected) expect(await scene.api.end(id)).toMatchObject({ status: 'rejected' });
    const record = (subject: Subject) => subject.record().map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(record(executing)).toEqual(['begin labour', 'end labour']);
    expect(record(rollingBack)).toEqual(['begin touch', 'end touch', 'begin untouch', 'end untouch']);
    expect(scene.platform.lost).toEqual([]);
    const cells = outages.reduce((sum, { from }) => sum + Math.max(1, from.length), 0) * Object.keys(ids).length;
    console.log(`${outages.length} outages of ${lastsMs} ms, ${cells} times a service without a server in a phase`);
  });
});
