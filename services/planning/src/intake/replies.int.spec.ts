import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream, type DeployRequest } from '@backstay/deployment';
import {
  connectBus,
  deploymentId,
  keepKeys,
  publishAndHear,
  publishRequest,
  seedFile,
  type Bus,
  type RequestToPublish,
} from '@backstay/jetstream';
import { eventually, testNats } from '@backstay/local-platform/testing';
import { world, type AtWork } from '../planning.test-support.ts';

const document = `# Deployment: notes 1.0.0

## Deployment Scope
- Name: notes
- Version: 1.0.0
- Environment: staging

## Deployment Procedure

### Deployment Steps
1. Say hello
   - Run: \`true\`
   - Undo: none
`;
const valid: DeployRequest = { document };
const invalid: DeployRequest = { document: '# Nothing' };

const here = world();
const never = () => new AbortController().signal;

/** Publishes until the stream is there to take it, and waits for the reply. */
const asked = (bus: Bus, request: DeployRequest, id: string, publisher?: string) =>
  eventually(
    () => publishAndHear(bus, { request, source: '/s', id, publisher }, never).catch(() => null),
    'the request is taken',
  );

const typesOf = async ({ platform }: AtWork, id: string) =>
  (await platform.store.read(deploymentStream(id))).map(({ type }) => type);

async function problemsOf({ platform }: AtWork, id: string): Promise<unknown> {
  const rejected = async () =>
    (await platform.store.read(deploymentStream(id))).find(({ type }) => type === 'DeploymentRejected');
  return (await eventually(rejected, 'its rejection')).data;
}

describe('publishers with accounts', () => {
  let place: AtWork;
  let ci: Bus;
  let other: Bus;
  /** What the account of the services heard. */
  const sent: string[] = [];

  beforeAll(async () => {
    const keys = join(here.directory, 'keys');
    const { accounts } = await keepKeys(keys, { publishers: ['ci', 'other'] });
    const watched = accounts.replace('users: [', 'users: [\n      { user: observer, password: sees }');
    const { url } = await testNats(watched);
    place = await here.start(url, { BACKSTAY_NATS_CREDS: join(keys, 'services') });
    const observer = url.replace('//', '//observer:sees@');
    const watching = await connectBus({ url: observer, name: 'observer', onStatus: () => undefined });
    watching.nc.subscribe('>', { callback: (_, { subject }) => void sent.push(subject) });
    here.closing(() => watching.close());
    ci = await place.connect(seedFile(keys, 'publishers', 'ci'));
    other = await place.connect(seedFile(keys, 'publishers', 'other'));
  });

  it('hear the id of a request that is an event by then, each time that they send it', async () => {
    const { reply, ack } = await asked(ci, valid, 'good', 'ci');
    const id = deploymentId({ publisher: 'ci', source: '/s', id: 'good' });
    expect([reply, ack.duplicate]).toEqual([{ deploymentId: id }, false]);
    const events = await typesOf(place, id);
    expect(events.slice(0, 2)).toEqual(['DeploymentRequested', 'PlanDrafted']);
    expect((await asked(ci, valid, 'good', 'ci')).reply).toEqual({ deploymentId: id });
    expect((await typesOf(place, id)).filter((type) => type === 'DeploymentRequested')).toHaveLength(1);
  });

  it.each([
    ['document', invalid],
    ['request', { document, version: 7 } as unknown as DeployRequest],
  ])('hear all problems of an invalid %s as they are recorded, each time', async (because, request) => {
    const { reply, deploymentId: id } = await asked(ci, request, `bad-${because}`, 'ci');
    expect(await problemsOf(place, id)).toMatchObject({ because, ...reply });
    expect(reply).toEqual({ problems: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]) });
    expect((await asked(ci, request, `bad-${because}`, 'ci')).reply).toEqual(reply);
  });

  it('hear of another request under the same identity that it is a conflict, when it is parked', async () => {
    await asked(ci, valid, 'twice', 'ci');
    const { reply } = await asked(ci, { ...valid, reason: 'another one' }, 'twice', 'ci');
    expect(reply).toMatchObject({ problems: [{ code: 'conflicting-duplicate', of: 'request' }] });
    const parked = await place.platform.parked.list(10);
    expect(parked.map(({ reason }) => reason)).toEqual([expect.stringContaining('conflicting-duplicate')]);
  });

  it('never hear what is said to another one, even in an inbox of the same name', async () => {
    const heard: string[] = [];
    other.nc.subscribe('_INBOX.>', { callback: (_, message) => void heard.push(message.string()) });
    const mine: string[] = [];
    ci.nc.subscribe('_INBOX.same', { callback: (_, message) => void mine.push(message.string()) });
    await Promise.all([ci.nc.flush(), other.nc.flush()]);
    const published = { request: invalid, source: '/s', id: 'same', replyTo: '_INBOX.same' };
    await publishRequest(ci.js, { ...published, publisher: 'ci' });
    await eventually(() => mine.length === 1, 'the reply to ci');
    const { deploymentId: later } = await publishRequest(other.js, {
      ...published,
      request: valid,
      publisher: 'other',
    });
    const replies = () => heard.filter((text) => !text.includes('"stream"'));
    await eventually(() => replies().length > 0, 'the reply to the other one');
    expect(replies()).toEqual([JSON.stringify({ deploymentId: later })]);
    expect(mine).toHaveLength(1);
  });

  it.each(['backstay.events.fooled.x', 'backstay.deploy-requested.other', '_INBOX.planning.x', '_INBOX.>'])(
    'are refused %s as the subject of the reply, and nothing is sent there',
    async (replyTo) => {
      const wanted: RequestToPublish = { request: valid, source: '/s', id: replyTo, replyTo, publisher: 'ci' };
      const before = sent.length;
      const { deploymentId: id } = await publishRequest(ci.js, wanted);
      expect(await problemsOf(place, id)).toMatchObject({
        because: 'request',
        problems: [{ code: 'invalid_header', message: expect.stringContaining('backstay-reply-to names no inbox') }],
      });
      // A reply to it would have been sent before: it is judged before the next one has its plan.
      await asked(ci, valid, `behind-${replyTo}`, 'ci');
      const after = () => sent.slice(before);
      await eventually(() => after().some((subject) => subject.startsWith('backstay.deploy-replies.')), 'one reply');
      expect(after().filter((subject) => subject.startsWith('backstay.deploy-replies.'))).toHaveLength(1);
      expect(after()).not.toContain(replyTo);
    },
  );
});

it('where NATS asks for no credentials, the reply is sent to the inbox itself', async () => {
  const { url } = await testNats();
  const place = await here.start(url, { BACKSTAY_NATS_AUTH: 'none' });
  const bus = await place.connect();
  for (const publisher of [undefined, 'ci']) {
    const { reply } = await asked(bus, valid, `open-${publisher}`, publisher);
    expect(reply).toEqual({ deploymentId: deploymentId({ publisher, source: '/s', id: `open-${publisher}` }) });
  }
});
