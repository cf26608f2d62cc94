import { copyFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phases } from '@backstay/deployment';
import { InMemoryEventStore } from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { eventually, stopTestParts, testNats } from '@backstay/local-platform/testing';
import { nkeys, type NatsConnection } from '@nats-io/transport-node';
import type { BusMessage } from '../bus/bus-message.ts';
import { connectBus, type Bus } from '../bus/connect-bus.ts';
import type { Fault } from '../bus/faults.ts';
import { ensureStream, eventsStream, findStream, intakeStream } from '../bus/streams.ts';
import { eventSubject, eventsPrefix, intakeSubject, wakePattern } from '../bus/subjects.ts';
import { BusStrategy } from '../consume/bus-strategy.ts';
import { terminalFault } from '../consume/remote-error.ts';
import { decodeIntake, type Intake } from '../intake/decode-intake.ts';
import { deploymentId } from '../intake/identity.ts';
import { publishRequest } from '../intake/publish-request.ts';
import { replySubject } from '../intake/reply.ts';
import { runRelay } from '../relay/relay.ts';
import { WakeUps } from '../wake/wake-up.ts';
import { accessOfServices, inboxOf, serviceNames, type Access, type ServiceName } from './access.ts';
import { keepKeys, seedFile } from './keys.ts';

const observer = nkeys.createUser();

let directory: string;
let url: string;
const open: Bus[] = [];
/** What the broker refused to a connection, as it puts it. */
const refusals = new WeakMap<NatsConnection, string[]>();

async function connected(credentials: { creds?: string; seed?: string }, inbox?: string): Promise<Bus> {
  const details: string[] = [];
  const onStatus = ({ detail }: { detail: string }) => void details.push(detail);
  const bus = await connectBus({ url, name: 'spec', ...credentials, inbox, onStatus });
  refusals.set(bus.nc, details);
  open.push(bus);
  return bus;
}

const asService = (name: ServiceName) => connected({ creds: seedFile(directory, 'services', name) }, inboxOf(name));
const asPublisher = (name: string) => connected({ creds: seedFile(directory, 'publishers', name) });
const asObserver = () => connected({ seed: new TextDecoder().decode(observer.getSeed()) });

/** What was refused of what this connection has sent so far. */
async function refused({ nc }: Bus): Promise<readonly string[]> {
  await nc.flush();
  const subjects = (refusals.get(nc) ?? []).flatMap(
    (line) => /Permissions Violation for \w+ to "(.*?)"/.exec(line)?.[1] ?? [],
  );
  return [...new Set(subjects)].toSorted();
}

const concrete = (pattern: string) => pattern.replace('>', 'x').replaceAll('*', 'x');

function matches(pattern: string, subject: string): boolean {
  const [tokens, of] = [subject.split('.'), pattern.split('.')];
  const fits = of.every((token, at) =>
    token === '*' || token === '>' ? tokens[at] !== undefined : token === tokens[at],
  );
  return fits && (of.at(-1) === '>' || of.length === tokens.length);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backstay-access-'));
  const { accounts } = await keepKeys(directory, { publishers: ['ci', 'other'], readers: ['dashboard'] });
  // Sees all that the services do with the broker.
  const watched = accounts.replace('users: [', `users: [\n      { nkey: ${observer.getPublicKey()} }`);
  ({ url } = await testNats(watched));
});
afterAll(async () => {
  await Promise.all(open.map((bus) => bus.close()));
  await stopTestParts();
  await rm(directory, { recursive: true, force: true });
});

describe('the services', () => {
  const buses = {} as Record<ServiceName, Bus>;
  const used = new Set<string>();
  const faults: Fault[] = [];
  const onFault = (fault: Fault) => void faults.push(fault);
  const intakes: Intake[] = [];
  const woken: string[] = [];
  const strategies: BusStrategy[] = [];
  const ending = new AbortController();
  let relay: Promise<void>;
  let byObserver: Bus;

  async function hear(message: BusMessage): Promise<void> {
    const intake = decodeIntake(message);
    if ('parked' in intake) throw terminalFault(intake.parked);
    // The first delivery fails in passing.
    if (intakes.push(intake) === 1) throw new Error('again');
  }

  beforeAll(async () => {
    for (const name of serviceNames) buses[name] = await asService(name);
    byObserver = await asObserver();
    byObserver.nc.subscribe('>', { callback: (_, { subject }) => void used.add(subject) });
    // Streams as an earlier version left them are put right by their services.
    const jsm = await byObserver.js.jetstreamManager(false);
    await jsm.streams.add({ ...intakeStream, subjects: [intakeSubject] });
    await jsm.streams.add({ ...eventsStream, subjects: [`${eventsPrefix}.>`] });
    for (const phase of phases) {
      const strategy = new BusStrategy({
        bus: buses[phase],
        durable: phase,
        park: () => Promise.resolve(),
        onFault,
        firstDelayMs: 5,
      });
      if (phase === 'planning') strategy.addHandler(intakeSubject, hear, true);
      strategy.addHandler(wakePattern(phase), () => Promise.resolve(void woken.push(phase)), true);
      strategy.listen(() => undefined);
      strategies.push(strategy);
    }
    const store = new InMemoryEventStore();
    const decided = [
      { type: 'DeploymentPlanned', data: { service: 'notes', environment: 'production', previous: null } },
      { type: 'DeploymentSucceeded', data: { release: { version: '1.0.0' } } },
    ];
    const events = sealedEvents('deployment-1', decided);
    await store.append({ stream: 'deployment-1', expectedVersion: 0, commandId: 'c', events });
    relay = runRelay({
      store,
      subscribe: (options) => store.subscribe(options),
      js: buses['operator-api'].js,
      checkpoint: { load: () => Promise.resolve(null), save: () => Promise.resolve() },
      signal: ending.signal,
      onFault,
    });
  });
  afterAll(async () => {
    ending.abort();
    await Promise.all([relay, ...strategies.map((strategy) => strategy.close())]);
  });

  it('do all their work with it: nothing is refused, and nothing of the table is unused', async () => {
    const publisher = await asPublisher('ci');
    await eventually(async () => {
      const stream = await findStream(await byObserver.js.jetstreamManager(false), intakeStream.name);
      return stream?.config.subjects.length === 2;
    }, 'the intake of all publishers');
    const request = { document: '# Deployment', environment: 'production' };
    const published = await publishRequest(publisher.js, { request, source: '/ci', id: 'one', publisher: 'ci' });
    await publisher.js.publish(`${intakeSubject}.ci`, Uint8Array.of(0xff));
    buses.planning.nc.publish(replySubject('ci', '_INBOX.x'), '{}');
    await eventually(() => intakes.length >= 2, 'the request, twice');
    const cause = { id: 'e1', type: 'StepStarted', stream: 'deployment-1', version: 1 };
    for (const name of serviceNames) {
      const wakeUps = new WakeUps({ nc: buses[name].nc, source: '/backstay', onFault });
      for (const phase of phases) wakeUps.publish(phase, { stream: 'deployment-1' }, cause);
    }
    await eventually(() => woken.length === serviceNames.length * phases.length, 'all wake-ups');
    await eventually(() => used.has('backstay.cdevents.dev.cdevents.service.deployed'), 'the translated event');
    await eventually(() => faults.some(({ error }) => error.message.includes('UTF-8')), 'what cannot be read');

    expect(intakes[1]).toMatchObject({ ok: true, origin: { publisher: 'ci', source: '/ci', id: 'one' } });
    expect(published.deploymentId).toBe(deploymentId({ publisher: 'ci', source: '/ci', id: 'one' }));
    for (const name of serviceNames) expect([name, await refused(buses[name])]).toEqual([name, []]);
    expect(faults.map(({ operation }) => operation)).toEqual(faults.map(() => `handle ${intakeSubject}`));
    const granted = serviceNames.flatMap((name) => Object.values(accessOfServices[name]).flat());
    expect(granted.filter((pattern) => ![...used].some((subject) => matches(pattern, subject)))).toEqual([]);
  });

  it('share nothing but the wake-ups that each may send', () => {
    const shared = (kind: keyof Access) => {
      const all = serviceNames.flatMap((name) => accessOfServices[name][kind]);
      return [...new Set(all.filter((pattern, at) => all.indexOf(pattern) !== at))];
    };
    expect(shared('publish')).toEqual(['backstay.wake.>']);
    expect(shared('subscribe')).toEqual([]);
  });

  it.each(serviceNames)('%s can use no subject of another one', async (name) => {
    const bus = await asService(name);
    const own = accessOfServices[name];
    const foreign = (kind: keyof Access) =>
      serviceNames.flatMap((other) => accessOfServices[other][kind]).filter((pattern) => !own[kind].includes(pattern));
    const nobodys = ['DELETE', 'PURGE', 'MSG.GET', 'MSG.DELETE', 'SNAPSHOT'].flatMap((request) =>
      [intakeStream, eventsStream].map((stream) => `$JS.API.STREAM.${request}.${stream.name}`),
    );
    const published = [...foreign('publish').map(concrete), ...nobodys, intakeSubject, `${intakeSubject}.ci`];
    for (const subject of published) bus.nc.publish(subject, '{}');
    const subscribed = [...foreign('subscribe'), '>', `${intakeSubject}.>`, '$JS.API.>', '_INBOX.>'];
    for (const subject of subscribed) bus.nc.subscribe(subject, { callback: () => undefined });
    const expected = [...new Set([...published, ...subscribed])].toSorted();
    await eventually(async () => (await refused(bus)).length >= expected.length, 'all refusals');
    expect(await refused(bus)).toEqual(expected);
  });

  describe('a publisher', () => {
    it('may publish its own requests only: nothing else, no other name, and it hears and reads nothing', async () => {
      const bus = await asPublisher('ci');
      const published = [
        intakeSubject,
        `${intakeSubject}.other`,
        `${intakeSubject}.ci.more`,
        ...Object.values(accessOfServices).flatMap(({ publish }) => publish.map(concrete)),
        `$JS.API.STREAM.MSG.GET.${intakeStream.name}`,
        `$JS.API.CONSUMER.CREATE.${intakeStream.name}.mine`,
        '$JS.API.INFO',
      ];
      for (const subject of published) bus.nc.publish(subject, '{}');
      const subscribed = ['>', 'backstay.>', `${intakeSubject}.ci`, `${eventsPrefix}.>`, wakePattern('planning')];
      for (const subject of subscribed) bus.nc.subscribe(subject, { callback: () => undefined });
      const expected = [...new Set([...published, ...subscribed])].toSorted();
      await eventually(async () => (await refused(bus)).length >= expected.length, 'all refusals');
      expect(await refused(bus)).toEqual(expected);
    });

    it('reaches nothing through the reply that it names, for the broker responds in its account', async () => {
      const js = byObserver.js;
      const before = (await ensureStream(js, eventsStream)).state.messages;
      expect(before).toBeGreaterThan(0);
      const heard = intakes.length;
      const bus = await asPublisher('ci');
      // Its acknowledgement would be a request to purge, and one of another publisher.
      for (const reply of [`$JS.API.STREAM.PURGE.${eventsStream.name}`, `${intakeSubject}.other`])
        bus.nc.publish(`${intakeSubject}.ci`, JSON.stringify({ document: '# Deployment', reason: reply }), { reply });
      await eventually(() => intakes.length === heard + 2, 'both requests');
      const later = await publishRequest((await asPublisher('other')).js, {
        request: { document: '# Deployment' },
        source: '/o',
        id: '1',
        publisher: 'other',
      });
      await eventually(() => intakes.length === heard + 3, 'the other one');
      expect(later.ack.duplicate).toBe(false);
      expect((await ensureStream(js, eventsStream)).state.messages).toBe(before);
      expect(intakes.slice(heard).map((intake) => ('origin' in intake ? intake.origin.publisher : null))).toEqual([
        'ci',
        'ci',
        'other',
      ]);
    });
  });

  it('reply into the inbox of the publisher that it belongs to, and of no other', async () => {
    const heard: string[] = [];
    for (const name of ['ci', 'other']) {
      const bus = await asPublisher(name);
      bus.nc.subscribe('_INBOX.a.*', {
        callback: (_, reply) => void heard.push(`${name} ${reply.subject} ${reply.string()}`),
      });
      await bus.nc.flush();
    }
    buses.planning.nc.publish(replySubject('ci', '_INBOX.a.b'), '1');
    buses.planning.nc.publish(replySubject('other', '_INBOX.a.b'), '2');
    await eventually(() => heard.length >= 2, 'both replies');
    expect(heard.toSorted()).toEqual(['ci _INBOX.a.b 1', 'other _INBOX.a.b 2']);
  });

  it('are heard by a reader, who can keep a stream of its own and reach none of theirs', async () => {
    const bus = await connected({ creds: seedFile(directory, 'readers', 'dashboard') });
    const jsm = await bus.js.jetstreamManager(false);
    await jsm.streams.add({ name: 'MINE', subjects: [`${eventsPrefix}.>`] });
    const heard: string[] = [];
    for (const subject of ['>', `${intakeSubject}.*`])
      bus.nc.subscribe(subject, { callback: (_, message) => void heard.push(message.subject) });
    await bus.nc.flush();
    const subject = eventSubject('StepFailed', 'deployment-9');
    await buses['operator-api'].js.publish(subject, '{}');
    await eventually(async () => (await jsm.streams.info('MINE')).state.messages === 1, 'the event, kept');
    expect(heard).toContain(subject);
    expect(heard.filter((each) => !each.startsWith('_INBOX') && !each.startsWith('$JS'))).toEqual([subject]);
    expect(await findStream(jsm, eventsStream.name)).toBeNull();
    expect(await findStream(jsm, intakeStream.name)).toBeNull();
  });
});

it.each([
  ['no credential', {}],
  ['a key that nobody knows', { seed: new TextDecoder().decode(nkeys.createUser().getSeed()) }],
])('with %s nobody is let in', async (_, credentials) => {
  const stop = new AbortController();
  const reported = new Promise<string>((resolve) => {
    const onStatus = ({ detail }: { detail: string }) => resolve(detail);
    connectBus({ url, name: 'spec', ...credentials, onStatus, signal: stop.signal }).catch(() => undefined);
  });
  expect(await reported).toMatch(/authorization/i);
  stop.abort();
});

it('a broker that lets in everybody is known as one, also by who has a key', async () => {
  const { url: everybodys } = await testNats();
  const seed = new TextDecoder().decode(observer.getSeed());
  const bus = await connectBus({ url: everybodys, name: 'spec', seed, onStatus: () => undefined });
  open.push(bus);
  expect(bus.asksForCredentials()).toBe(false);
  expect((await asObserver()).asksForCredentials()).toBe(true);
});

it('credentials whose file is away serve on when the connection is lost', async () => {
  const keys = join(directory, 'away');
  const { accounts } = await keepKeys(keys, { publishers: ['ci'] });
  const nats = await testNats(accounts);
  const creds = seedFile(keys, 'publishers', 'ci');
  const states: string[] = [];
  const bus = await connectBus({
    url: nats.url,
    name: 'spec',
    creds,
    onStatus: ({ state }) => void states.push(state),
  });
  open.push(bus);
  await rm(creds);
  await nats.restart();
  await eventually(() => states.join().endsWith('disconnected,connected'), 'connected again');
});

it('credentials that are exchanged serve from the next connection on', async () => {
  const creds = join(directory, 'exchanged.nk');
  await writeFile(creds, nkeys.createUser().getSeed());
  const details: string[] = [];
  const connecting = connectBus({
    url,
    name: 'spec',
    creds,
    onStatus: ({ state, detail }) => {
      details.push(detail);
      if (state === 'disconnected') copyFileSync(seedFile(directory, 'publishers', 'ci'), creds);
    },
  });
  const bus = await connecting;
  open.push(bus);
  expect(details[0]).toMatch(/authorization/i);
  expect((await bus.js.publish(`${intakeSubject}.ci`, '{}')).stream).toBe(intakeStream.name);
});

describe('a request that comes before planning has made the stream', () => {
  const early = { request: { document: '# Deployment' }, publisher: 'ci', source: '/ci', id: 'early' };
  let publisher: Bus;
  let planning: Bus;
  beforeAll(async () => {
    const { accounts } = await keepKeys(directory, { publishers: ['ci'] });
    const nats = await testNats(accounts);
    const at = (creds: string, inbox?: string) =>
      connectBus({ url: nats.url, name: 'spec', creds, inbox, onStatus: () => undefined });
    publisher = await at(seedFile(directory, 'publishers', 'ci'));
    planning = await at(seedFile(directory, 'services', 'planning'), inboxOf('planning'));
    open.push(publisher, planning);
  });

  it('is refused after some attempts, with what is missing', async () => {
    await expect(publishRequest(publisher.js, early, { retries: 2, timeout: 100 })).rejects.toThrow(
      'nobody acknowledged it in 0.2 s: planning makes the stream BACKSTAY_INTAKE when it starts',
    );
  });

  it('is stored once when it is made meanwhile', async () => {
    const sent = publisher.nc.stats().outMsgs;
    const publishing = publishRequest(publisher.js, early, { retries: 1_000, timeout: 100 });
    await eventually(() => publisher.nc.stats().outMsgs > sent + 1, 'it is sent again');
    await ensureStream(planning.js, intakeStream);
    expect((await publishing).deploymentId).toBe(deploymentId(early));
    expect((await ensureStream(planning.js, intakeStream)).state.messages).toBe(1);
  });
});
