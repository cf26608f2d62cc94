import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { createInbox } from '@nats-io/transport-node';
import { inboxOf, serviceNames } from '../access/access.ts';
import { isInbox, readReply, replySubject } from './reply.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('an inbox', () => {
  it.each([createInbox(), `${createInbox()}.7`, '_INBOX.ci-1.a_b', '_INBOX.planning-of-mine.x'])('is %s', (subject) => {
    expect(isInbox(subject)).toBe(true);
  });

  it.each([
    '',
    '_INBOX',
    '_INBOX.',
    '_INBOX..a',
    '_INBOX.a.',
    '_INBOX.*',
    '_INBOX.>',
    '_INBOX.a b',
    '_INBOX.a\nb',
    '_INBOX.a\r\nPUB x',
    '_INBOX.ä',
    '_INBOXES.a',
    ' _INBOX.a',
    '_inbox.a',
    'backstay.events.step-failed.1',
    'backstay.deploy-requested.other',
    '$JS.API.STREAM.PURGE.BACKSTAY_EVENTS',
    `_INBOX.${'a'.repeat(250)}`,
  ])('is not %j', (subject) => {
    expect(isInbox(subject)).toBe(false);
  });

  it.each(serviceNames)('is not that of %s', (name) => {
    expect([inboxOf(name), `${inboxOf(name)}.x.1`].map(isInbox)).toEqual([false, false]);
  });

  it('stays below the replies of its publisher, whatever is given as one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `_INBOX.${text}`),
        ),
        (subject) => {
          fc.pre(isInbox(subject));
          expect(replySubject('ci', subject)).toMatch(/^backstay\.deploy-replies\.ci(\.[\w-]+)+$/);
        },
      ),
      runs(200),
    );
  });
});

describe('a reply', () => {
  const problem = { line: 3, column: 1, severity: 'error', code: 'unknown-key', message: 'no such key' } as const;

  it.each([{ deploymentId: 'd' }, { problems: [problem] }])('is %j', (reply) => {
    expect(readReply(bytes(JSON.stringify(reply)))).toEqual(reply);
  });

  it.each(['', 'no JSON', 'null', '{}', '[]', '{"problems":[]}', '{"problems":["x"]}', '{"deploymentId":1}'])(
    'is not %s',
    (text) => expect(readReply(bytes(text))).toBeNull(),
  );

  it('that says both, or more, is none', () => {
    expect(readReply(bytes(JSON.stringify({ deploymentId: 'd', problems: [problem] })))).toBeNull();
  });
});
