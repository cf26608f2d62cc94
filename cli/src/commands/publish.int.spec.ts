import { afterAll, describe, expect, it } from 'vitest';
import { connectBus, deploymentId, ensureStreams, intakeStream } from '@backstay/jetstream';
import { stopTestParts, testNats } from '@backstay/local-platform/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backstay, inFolder } from '../testing/world.test-support.ts';

afterAll(stopTestParts);

const publish = (more: readonly string[]) =>
  inFolder(async (directory) => {
    await writeFile(join(directory, 'a.md'), '# Deployment: notes-api');
    return backstay(['publish', 'a.md', ...more], { directory });
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

  it('ends with 8 where there is no stream to take it', async () => {
    const { url } = await testNats();
    expect((await publish(['--nats', url])).code).toBe(8);
  });
});
