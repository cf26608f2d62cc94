import { afterAll, describe, expect, it } from 'vitest';
import {
  connectBus,
  deploymentId,
  ensureStream,
  ensureStreams,
  intakeStream,
  keepKeys,
  seedFile,
} from '@backstay/jetstream';
import { stopTestParts, testNats } from '@backstay/local-platform/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backstay, inFolder } from '../testing/world.test-support.ts';

afterAll(stopTestParts);

const publish = (more: readonly string[], env?: NodeJS.ProcessEnv) =>
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
        { id: deploymentId({ source: 'ci', id: 'run-8812' }), source: 'ci', eventId: 'run-8812' },
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

  it('ends with 8 where there is no stream to take it', async () => {
    const { url } = await testNats();
    expect((await publish(['--nats', url])).code).toBe(8);
  });
});
