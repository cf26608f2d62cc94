import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleRequest, exampleRequested, histories } from '@backstay/deployment/testing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { deploymentStream } from '@backstay/deployment';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { readSettings } from '../config/config.ts';
import { openRuntime, type Runtime } from '../platform.ts';
import { databasePlace, directoryPlace, type Kept, type KeptPlace } from './kept-store.ts';

const later = '2999-01-01T00:00:00.000Z';
const actor = { kind: 'system', name: 'spec' } as const;

describe('where things lie', () => {
  let database: TestDatabase;
  let runtime: Runtime;
  let dataDir: string;

  beforeAll(async () => {
    database = await testDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'backstay-places-'));
    runtime = await openRuntime(
      'spec',
      readSettings({
        BACKSTAY_POSTGRES_URL: database.url,
        BACKSTAY_NATS_URL: 'nats://127.0.0.1:1',
        BACKSTAY_NATS_AUTH: 'none',
        BACKSTAY_LOG_LEVEL: 'silent',
      }),
    );
  });
  afterAll(async () => {
    await runtime?.close();
    await database?.drop();
    await stopTestParts();
    await rm(dataDir, { recursive: true, force: true });
  });

  const storeOf = ({ stores }: KeptPlace, kind: Kept['kind']) => stores.find((each) => each.kind === kind)!;

  it('an output of more owners than are looked at one by one is in use: nobody knows all who need it', async () => {
    const outputs = storeOf(databasePlace(runtime.pool), 'output');
    const put = async (text: string, owners: number) => {
      let sha256 = '';
      for (let owner = 1; owner <= owners; owner += 1)
        sha256 = await runtime.blobs.put(Buffer.from(text), `owner-${owner}`);
      return sha256;
    };
    const [few, many] = [await put('few', 100), await put('many', 101)];
    expect(await outputs.find(few)).toMatchObject({ isInUse: false });
    expect(await outputs.find(many)).toMatchObject({ isInUse: true });
    expect((await outputs.list(later, '', 10)).map(({ id, isInUse }) => [id, isInUse])).toEqual(
      [
        [few, false],
        [many, true],
      ].toSorted(([one], [other]) => (one! < other! ? -1 : 1)),
    );
  });

  it('a workspace belongs to every deployment whose request names it, and to that of its own name', async () => {
    for (const id of ['one', 'two'])
      await runtime.deployments.handle(
        id,
        exampleRequested({ id, request: { ...exampleRequest, workspace: 'shared' } }),
        { actor },
      );
    for (const name of ['shared', 'one']) await mkdir(join(dataDir, 'workspaces', name), { recursive: true });
    const workspaces = storeOf(await directoryPlace(dataDir, runtime.pool), 'workspace');
    expect((await workspaces.find('shared'))?.deployments.toSorted()).toEqual(['one', 'shared', 'two']);
    expect(await workspaces.find('one')).toMatchObject({ deployments: ['one'], isInUse: false });
  });

  it('a workspace of more owners than are looked at one by one is in use', async () => {
    const request = { ...exampleRequest, workspace: 'popular' };
    for (let each = 1; each <= 100; each += 1)
      await runtime.deployments.handle(`user-${each}`, exampleRequested({ id: `user-${each}`, request }), { actor });
    await mkdir(join(dataDir, 'workspaces', 'popular'), { recursive: true });
    const workspaces = storeOf(await directoryPlace(dataDir, runtime.pool), 'workspace');
    expect((await workspaces.find('popular'))?.isInUse).toBe(true);
  });

  it('a mirror belongs to every deployment that is open and was requested before its last use', async () => {
    await runtime.pool.query('TRUNCATE backstay.events');
    const record = (id: string, events: Parameters<typeof sealedEvents>[1]) =>
      runtime.store.append({
        stream: deploymentStream(id),
        expectedVersion: 0,
        commandId: id,
        events: sealedEvents(deploymentStream(id), events).map((event) => ({ ...event, id: `${id}-${event.version}` })),
      });
    await record('has-ended', histories.succeeded());
    await record('not-understood', [...histories.requested(), { type: 'FromTheFuture', data: {} }]);
    await record('watched', histories.watching());
    const requested = new Date((await runtime.store.read(deploymentStream('watched')))[0]!.time);
    const mirrors = storeOf(await directoryPlace(dataDir, runtime.pool), 'mirror');
    const usedAt = async (name: string, time: Date) => {
      const path = join(dataDir, 'repositories', `${name.repeat(24)}.git`);
      await mkdir(path, { recursive: true });
      await utimes(path, time, time);
    };
    await usedAt('a', requested);
    // The clocks of machines may differ by an hour.
    await usedAt('b', new Date(requested.getTime() - 3_600_000));
    await usedAt('c', new Date(requested.getTime() - 3_600_001));
    const listed = await mirrors.list(later, '', 10);
    expect(listed.map(({ deployments }) => deployments.toSorted())).toEqual([
      ['not-understood', 'watched'],
      ['not-understood', 'watched'],
      [],
    ]);
  });

  it('a directory has one id, whoever opens it', async () => {
    const opened = await Promise.all([1, 2, 3].map(() => directoryPlace(dataDir, runtime.pool)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened[0]?.id).toMatch(/^directory\.[0-9a-f-]{36}$/);
  });
});
