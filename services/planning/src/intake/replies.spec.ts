import { describe, expect, it } from 'vitest';
import type { DeploymentEvent } from '@backstay/deployment';
import { eventually } from '@backstay/local-platform/testing';
import { Closing, type Platform } from '@backstay/service-kit';
import { judgementOf, Replies } from './replies.ts';

const problems = [{ line: 1, column: 1, severity: 'error', code: 'x', message: 'wrong' }] as const;
const requested = { type: 'DeploymentRequested' } as DeploymentEvent;
const drafted = { type: 'PlanDrafted' } as DeploymentEvent;
const rejected: DeploymentEvent = { type: 'DeploymentRejected', data: { because: 'document', problems, at: '' } };

function setUp({ knowsPublishers = true } = {}) {
  const recorded: DeploymentEvent[] = [requested];
  const sent: [string, object][] = [];
  const warned: object[] = [];
  const closing = new Closing();
  const deployments = { events: () => Promise.resolve([...recorded]) } as unknown as Platform['deployments'];
  const logger = { warn: (what: object) => void warned.push(what) } as unknown as Platform['logger'];
  const link = { knowsPublishers, send: (subject: string, body: object) => void sent.push([subject, body]) };
  const replies = new Replies({ deployments, logger }, link, closing);
  return { closing, link, recorded, replies, sent, warned };
}

const asking = { origin: { publisher: 'ci', source: '/s', id: '1', bodyDigest: 'b' }, replyTo: '_INBOX.a.b' };
const subject = 'backstay.deploy-replies.ci.a.b';

describe('what becomes of a request', () => {
  const judged = (...events: DeploymentEvent[]) =>
    judgementOf('d', () => Promise.resolve(events), new AbortController().signal, [1, 1]);

  it.each([
    ['its problems, where it is rejected', [requested, rejected], { problems }],
    [
      'its id, where it has a plan, also when it is rejected later',
      [requested, drafted, rejected],
      { deploymentId: 'd' },
    ],
    ['its id, where nothing is known in time', [requested], { deploymentId: 'd' }],
  ] as const)('is %s', async (_, events, reply) => {
    expect(await judged(...events)).toEqual(reply);
  });
});

describe('the reply to a request', () => {
  it('waits for what planning makes of it', async () => {
    const { recorded, replies, sent } = setUp();
    replies.replyWhenJudged(asking, 'd');
    recorded.push(rejected);
    await eventually(() => sent.length === 1, 'the reply');
    expect(sent).toEqual([[subject, { problems }]]);
  });

  it('is the id where the service closes before', async () => {
    const { closing, replies, sent } = setUp();
    replies.replyWhenJudged(asking, 'd');
    closing.onModuleDestroy();
    await replies.beforeApplicationShutdown();
    expect(sent).toEqual([[subject, { deploymentId: 'd' }]]);
  });

  it('waits for a hundred at most: the next one is the id at once', async () => {
    const { recorded, replies, sent } = setUp();
    for (let n = 0; n < 101; n += 1) replies.replyWhenJudged({ ...asking, replyTo: `_INBOX.${n}` }, 'd');
    await eventually(() => sent.length > 0, 'one reply');
    expect(sent).toEqual([['backstay.deploy-replies.ci.100', { deploymentId: 'd' }]]);
    recorded.push(rejected);
    await eventually(() => sent.length === 101, 'the others');
  });

  it('goes to the inbox itself where publishers have no accounts', () => {
    const { replies, sent } = setUp({ knowsPublishers: false });
    replies.reply(asking, { problems });
    expect(sent).toEqual([['_INBOX.a.b', { problems }]]);
  });

  it('is sent to nobody who does not ask', async () => {
    const { recorded, replies, sent } = setUp();
    recorded.push(rejected);
    replies.replyWhenJudged({ origin: asking.origin }, 'd');
    replies.reply({ origin: asking.origin }, { problems });
    await replies.beforeApplicationShutdown();
    expect(sent).toEqual([]);
  });

  it('that cannot be sent is lost, and logged', async () => {
    const { recorded, link, replies, warned } = setUp();
    link.send = () => {
      throw new Error('not connected');
    };
    recorded.push(drafted);
    replies.reply(asking, { problems });
    replies.replyWhenJudged(asking, 'd');
    await replies.beforeApplicationShutdown();
    expect(warned).toHaveLength(2);
  });
});
