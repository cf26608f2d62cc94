import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream, type DeployRequest } from '@backstay/deployment';
import {
  intakeStream,
  intakeSubject,
  keepKeys,
  publishRequest,
  seedFile,
  subjectOfPublisher,
  type Bus,
} from '@backstay/jetstream';
import { eventually, testNats } from '@backstay/local-platform/testing';
import { world, type AtWork } from '../planning.test-support.ts';

/** A request that is rejected at once: only who made it counts here. */
const request: DeployRequest = { document: '# Nothing', environment: 'staging', requestedBy: 'root' };

const here = world();

/** Publishes until the stream is there to take it. */
const published = (bus: Bus, publisher: string, source: string, what: DeployRequest = request) =>
  eventually(
    () => publishRequest(bus.js, { request: what, source, id: '1', publisher }).catch(() => null),
    'the request is taken',
  );

const requestedIn = ({ platform }: AtWork, id: string) =>
  eventually(async () => (await platform.store.read(deploymentStream(id)))[0], 'the request is recorded');

describe('with credentials', () => {
  let place: AtWork;
  const credsOf = (publisher: string) => seedFile(join(here.directory, 'keys'), 'publishers', publisher);

  beforeAll(async () => {
    const keys = join(here.directory, 'keys');
    const { accounts } = await keepKeys(keys, { publishers: ['ci', 'release-train'] });
    const { url } = await testNats(accounts);
    place = await here.start(url, { BACKSTAY_NATS_CREDS: join(keys, 'services') });
  });

  it('the actor is the credential, whoever the payload claims to be', async () => {
    const { deploymentId: id } = await published(await place.connect(credsOf('ci')), 'ci', '/of/release-train');
    expect(await requestedIn(place, id)).toMatchObject({
      type: 'DeploymentRequested',
      actor: { kind: 'system', name: 'ci' },
      data: { origin: { publisher: 'ci', source: '/of/release-train' }, request: { requestedBy: 'root' } },
    });
    expect((await requestedIn(place, id))?.actor).not.toHaveProperty('claimed');
  });

  it('two publishers never have one identity', async () => {
    const made = [];
    for (const name of ['ci', 'release-train'])
      made.push(await published(await place.connect(credsOf(name)), name, '/same', { ...request, reason: name }));
    expect(new Set(made.map(({ deploymentId }) => deploymentId)).size).toBe(2);
    for (const { deploymentId: id } of made) await requestedIn(place, id);
    expect(await place.platform.parked.list(10)).toEqual([]);
  });

  it('nobody publishes under the name of another one, or of nobody', async () => {
    const bus = await place.connect(credsOf('ci'));
    for (const subject of [intakeSubject, subjectOfPublisher('release-train')])
      await expect(bus.js.publish(subject, '{}')).rejects.toThrow('Permissions Violation');
  });
});

describe('without credentials', () => {
  it('every name is a claim, and the subject of everybody is heard', async () => {
    const { url } = await testNats();
    const place = await here.start(url, { BACKSTAY_NATS_AUTH: 'none' });
    const bus = await place.connect();
    const { deploymentId: id } = await published(bus, 'ci', '/a');
    expect(await requestedIn(place, id)).toMatchObject({ actor: { kind: 'system', name: 'ci', claimed: true } });
    const bare = await publishRequest(bus.js, { request, source: '/b', id: '1' });
    expect(await requestedIn(place, bare.deploymentId)).toMatchObject({ actor: { name: '/b', claimed: true } });
  });
});

describe('with credentials for a broker that asks for none', () => {
  it('every name is a claim, and health says so', async () => {
    const keys = join(here.directory, 'unused');
    await keepKeys(keys);
    const { url } = await testNats();
    const place = await here.start(url, { BACKSTAY_NATS_CREDS: seedFile(keys, 'services', 'planning') });
    const { deploymentId: id } = await published(await place.connect(), 'ci', '/e');
    expect(await requestedIn(place, id)).toMatchObject({ actor: { kind: 'system', name: 'ci', claimed: true } });
    const { details } = (await (await fetch(`${place.url}/health/ready`)).json()) as {
      details: Record<string, object>;
    };
    expect(details['nats']).toMatchObject({ status: 'degraded', message: expect.stringContaining('a claim') });
  });
});

describe('with one login for all', () => {
  it('every name is a claim, and what comes on the subject of everybody is parked', async () => {
    const users = 'users: [{ user: backstay, password: secret }]';
    const { url } = await testNats(`accounts { ALL { jetstream: enabled, ${users} } }\n`);
    const login = url.replace('//', '//backstay:secret@');
    const place = await here.start(login, {});
    const bus = await place.connect();
    const { deploymentId: id } = await published(bus, 'ci', '/c');
    expect(await requestedIn(place, id)).toMatchObject({ actor: { kind: 'system', name: 'ci', claimed: true } });
    await publishRequest(bus.js, { request, source: '/d', id: '1' });
    const parked = async () => (await place.platform.parked.list(10))[0];
    expect(await eventually(parked, 'the parked message')).toMatchObject({
      subject: intakeSubject,
      reason: expect.stringContaining('publish on backstay.deploy-requested.<publisher>'),
    });
    expect(intakeStream.subjects).toContain(intakeSubject);
  });
});
