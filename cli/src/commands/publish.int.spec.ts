import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  connectBus,
  deploymentId,
  ensureStream,
  ensureStreams,
  intakeStream,
  intakeSubject,
  keepKeys,
  replyHeader,
  seedFile,
  type Bus,
} from '@backstay/jetstream';
import { stopTestParts, testNats } from '@backstay/local-platform/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backstay, inFolder } from '../testing/world.test-support.ts';

afterAll(stopTestParts);

/** Where nobody replies it does not wait for that. */
const publish = (more: readonly string[], env?: NodeJS.ProcessEnv) => published(['--wait', '0s', ...more], env);

const published = (more: readonly string[], env?: NodeJS.ProcessEnv) =>
  inFolder(async (directory) => {
    await writeFile(join(directory, 'a.md'), '# Deployment: notes-api');
    return backstay(['publish', 'a.md', ...more], { directory, ...(env && { env }) });
  });

describe('backstay publish', () => {
  it('stores the request as a CloudEvent whose identity gives the id of the deployment', async () => {
    const { url } = await testNats();
    const bus = await connectBus({ url, name: 'test', onStatus: () => undefined });
    try {
      await ensureStreams(bus.js);
      const evidence = `kind=junit,path=reports/junit.xml,sha256=${'a'.repeat(64)}`;
      const identity = ['--nats', url, '--source', 'ci', '--id', 'run-8812'];
      const { code, out } = await publish([...identity, '-e', 'production', '--evidence', evidence, '--json']);
      expect([code, JSON.parse(out)]).toEqual([
        0,
        { id: deploymentId({ source: 'ci', id: 'run-8812' }), source: 'ci', eventId: 'run-8812', accepted: false },
      ]);
      await publish([...identity, '-e', 'production', '--evidence', evidence]);

      const manager = await bus.js.jetstreamManager();
      const stored = await manager.streams.getMessage(intakeStream.name, { last_by_subj: intakeStream.subjects[0]! });
      const { data } = JSON.parse(new TextDecoder().decode(stored!.data)) as { data: unknown };
      expect(data).toEqual({
        document: '# Deployment: notes-api',
        environment: 'production',
        evidence: [{ kind: 'junit', path: 'reports/junit.xml', sha256: 'a'.repeat(64) }],
      });
      expect((await manager.streams.info(intakeStream.name)).state.messages).toBe(1);
    } finally {
      await bus.close();
    }
  });

  it('publishes as the publisher whose key it has, by its file or its seed', async () => {
    const keys = await mkdtemp(join(tmpdir(), 'backstay-publish-'));
    const { accounts } = await keepKeys(keys, { publishers: ['ci'] });
    const { url } = await testNats(accounts);
    const creds = seedFile(keys, 'publishers', 'ci');
    const planning = { creds: seedFile(keys, 'services', 'planning'), inbox: '_INBOX.planning' };
    const bus = await connectBus({ url, name: 'test', ...planning, onStatus: () => undefined });
    try {
      await ensureStream(bus.js, intakeStream);
      const run = ['--nats', url, '--source', 'build', '--json'];
      const byFile = await publish([...run, '--id', '1', '--creds', creds]);
      const env = {
        ...process.env,
        BACKSTAY_NATS_SEED: (await readFile(creds, 'utf8')).trim(),
        BACKSTAY_NATS_PUBLISHER: 'ci',
      };
      const bySeed = await publish([...run, '--id', '2'], env);
      expect([byFile, bySeed].map(({ code, out }) => [code, (JSON.parse(out) as { id: string }).id])).toEqual(
        ['1', '2'].map((id) => [0, deploymentId({ publisher: 'ci', source: 'build', id })]),
      );
      const asOther = await publish([...run, '--creds', creds, '--publisher', 'other']);
      expect([asOther.code, asOther.err]).toEqual([8, expect.stringContaining('Permissions Violation')]);
      expect((await publish([...run, '--creds', creds, '--publisher', 'a.b'])).code).toBe(2);
    } finally {
      await bus.close();
      await rm(keys, { recursive: true });
    }
  });

  describe('with a reply', () => {
    let bus: Bus;
    let url: string;
    beforeAll(async () => {
      ({ url } = await testNats());
      bus = await connectBus({ url, name: 'test', onStatus: () => undefined });
      await ensureStreams(bus.js);
    });
    afterAll(() => bus.close());

    /** In place of planning, which replies to a request by its header. */
    function planningDouble(reply: unknown): void {
      const heard = bus.nc.subscribe(intakeSubject, {
        callback: (_, { headers }) => bus.nc.publish(headers?.get(replyHeader) ?? 'nobody', JSON.stringify(reply)),
      });
      onTestFinished(() => heard.unsubscribe());
    }
    const identity = () => ['--nats', url, '--source', 'ci', '--id', randomUUID()];

    it('says that it is accepted', async () => {
      planningDouble({ deploymentId: 'd-1' });
      const text = await published(identity());
      expect([text.code, text.out]).toEqual([0, expect.stringMatching(/^accepted as [\w-]+: backstay watch/)]);
      const json = await published([...identity(), '--json']);
      expect(JSON.parse(json.out)).toMatchObject({ source: 'ci', accepted: true });
    });

    it('ends with 5 and shows the problems of the document, each with its line', async () => {
      const problem = { line: 1, column: 3, severity: 'error', code: 'missing-section', message: 'no scope' };
      planningDouble({ problems: [problem] });
      const { code, err } = await published(identity());
      expect([code, err]).toEqual([5, expect.stringContaining('a.md:1:3: error[missing-section]: no scope')]);
      expect(err).toContain('1 | # Deployment: notes-api');
      const json = await published([...identity(), '--json']);
      expect(JSON.parse(json.out)).toMatchObject({ errors: [problem] });
    });

    it('ends with 2 where only the request has problems', async () => {
      const problem = {
        line: 1,
        column: 1,
        severity: 'error',
        of: 'request',
        code: 'unknown',
        message: 'no such field',
      };
      planningDouble({ problems: [problem] });
      expect((await published(identity())).code).toBe(2);
    });

    it.each([
      ['no reply', undefined],
      ['a reply that nobody knows', { deploymentId: 'd-1', state: 'unheard-of' }],
      ['a reply without any problem', { problems: [] }],
    ])('with %s in time it is stored, not accepted, and it says where to look', async (_, reply) => {
      if (reply !== undefined) planningDouble(reply);
      const { code, out } = await published([...identity(), '--wait', '300ms']);
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/it is stored, but no reply came\. backstay watch [\w-]+/),
      ]);
      const json = await published([...identity(), '--wait', '300ms', '--json']);
      expect(JSON.parse(json.out)).toMatchObject({ accepted: false });
    });
  });

  it('ends with 8 where there is no stream to take it', async () => {
    const { url } = await testNats();
    expect((await publish(['--nats', url])).code).toBe(8);
  });
});
