import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environmentId } from '@backstay/deployment';
import { drafted, examplePlan, success } from '@backstay/projections/testing';
import { startTestApi, type TestApi } from '../api.test-support.ts';

const old = new Date('2026-01-10T00:00:00.000Z');

interface Entry {
  readonly eventId: string;
  readonly type: string;
  readonly correlationId: string;
  readonly actor: { readonly name: string };
  readonly data: { readonly items: readonly Record<string, unknown>[] };
}

describe('housekeeping', () => {
  let api: TestApi;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'backstay-housekeeping-'));
    api = await startTestApi({ BACKSTAY_DATA_DIR: dataDir });
    await api.record(
      settled(success({ id: 'gone' }).events),
      settled(success({ id: 'running', second: 100 }).events),
      settled(success({ id: 'before', second: 200 }).events),
      drafted({ id: 'open', second: 300 }).events,
      settled(written(success({ id: 'proven', second: 400 }).events)),
    );
    await run('running');
    for (const id of ['gone', 'running', 'open', 'nobody']) await leave(id);
  });

  afterAll(async () => {
    await api?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const outputOf = (step: string) => `what ${step} wrote`;

  /** Each of its steps wrote something. */
  function written(events: ReturnType<typeof success>['events']) {
    return events.map((event) => {
      if (event.type !== 'StepSucceeded') return event;
      const text = outputOf(event.data.step);
      const sha256 = createHash('sha256').update(text).digest('hex');
      const output = { tail: text, bytes: text.length, sha256, truncated: false };
      return { ...event, data: { ...event.data, output } };
    });
  }

  /** Its environment has heard of its end. */
  function settled(events: ReturnType<typeof success>['events']) {
    const last = events.at(-1)!;
    const released = {
      ...last,
      id: `${last.id}-released`,
      version: last.version + 1,
      type: 'EnvironmentReleased' as const,
      data: { at: last.time },
    };
    return [...events, released] as typeof events;
  }

  /** The environment takes up and settles it: it runs from then on. */
  async function run(deployment: string): Promise<void> {
    const { service, environment } = examplePlan();
    const id = environmentId(service, environment);
    const at = '2026-01-05T09:00:00.000Z';
    const context = { actor: { kind: 'system', name: 'spec' } as const };
    const release = { version: '1.2.0', commit: null, release: null, deployment };
    const ended = { outcome: 'succeeded', running: release, verifiedGood: release, quarantined: null };
    await api.platform.environments.handle(id, { type: 'ClaimEnvironment', deployment, at }, context);
    await api.platform.environments.handle(id, { type: 'SettleEnvironment', deployment, ...ended, at }, context);
  }

  async function leave(id: string): Promise<void> {
    for (const folder of [join(dataDir, 'workspaces', id), join(dataDir, 'backups', id)]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'pre.1.dump'), 'abc');
      for (const path of [join(folder, 'pre.1.dump'), folder]) await utimes(path, old, old);
    }
  }

  const list = async (path: string) => (await (await api.get(path)).json()) as { items: Record<string, string>[] };
  const names = (items: readonly Record<string, string>[]) => items.map(({ kind, id }) => `${kind} ${id}`).toSorted();
  const prunedOf = async (id: string) =>
    ((await (await api.get(`/v1/deployments/${id}/pruned`)).json()) as { entries: Entry[] }).entries;

  it('lists what has ended and nothing needs, and changes nothing', async () => {
    const listed = await list('/v1/prunable');
    expect(names(listed.items)).toEqual(['backup gone/pre.1.dump', 'workspace gone']);
    expect(listed).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ kind: 'workspace', deployments: ['gone'], bytes: 3, rule: 'workspace 30d' }),
      ]),
      kept: expect.arrayContaining([
        { kind: 'workspace', because: 'rollback', count: 1 },
        { kind: 'workspace', because: 'open', count: 1 },
        { kind: 'workspace', because: 'unknown-owner', count: 1 },
      ]),
    });
    expect(await readdir(join(dataDir, 'workspaces'))).toEqual(['gone', 'nobody', 'open', 'running']);
    expect(await prunedOf('gone')).toEqual([]);
  });

  it('removes it, and records each before and after, with digest, size, rule and owner', async () => {
    const response = await api.post('/v1/prune');
    expect(response.status).toBe(200);
    const { items } = (await response.json()) as { items: Record<string, string>[] };
    expect(items.map(({ outcome }) => outcome)).toEqual(['removed', 'removed']);
    expect(await readdir(join(dataDir, 'workspaces'))).toEqual(['nobody', 'open', 'running']);
    expect(await readdir(join(dataDir, 'backups'))).toEqual(['nobody', 'open', 'running']);
    const entries = await prunedOf('gone');
    expect(entries.map(({ type, correlationId }) => [type, correlationId])).toEqual([
      ['PruningStarted', 'gone'],
      ['PruningCompleted', 'gone'],
    ]);
    expect(entries[0]?.data.items).toContainEqual({
      kind: 'backup',
      id: 'gone/pre.1.dump',
      deployments: ['gone'],
      bytes: 3,
      digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      modifiedAt: old.toISOString(),
      rule: 'backup 90d',
    });
    expect(await prunedOf('running')).toEqual([]);
    expect(await (await api.post('/v1/prune')).json()).toEqual({ items: [], refused: [] });
  });

  it('ends what a process began and did not end, and keeps what has come to be needed since', async () => {
    const place = (await list('/v1/prunable')) && (await housekeepingId());
    const item = (id: string) => ({
      kind: 'workspace' as const,
      id,
      deployments: [id],
      bytes: 3,
      digest: null,
      modifiedAt: old.toISOString(),
      rule: 'workspace 30d',
    });
    await leave('before');
    const begun = { type: 'StartPruning', host: 'lost', at: api.platform.now() } as const;
    const context = { actor: { kind: 'service', name: 'housekeeping' } as const, correlation: 'before' };
    const items = ['before', 'running', 'gone'].map(item);
    await api.platform.housekeeping.handle(place, { ...begun, items }, context);
    const { items: ended } = (await (await api.post('/v1/prune')).json()) as { items: Record<string, string>[] };
    const outcomeOf = (id: string) => ended.find((each) => each.id === id)?.outcome;
    expect(['before', 'running', 'gone'].map(outcomeOf)).toEqual(['removed', 'kept', 'absent']);
    expect((await api.platform.housekeeping.load(place)).state.open).toEqual({});
    expect(await readdir(join(dataDir, 'workspaces'))).toContain('running');
  });

  const housekeepingId = async () => {
    const events = await api.platform.store.readAll(null, 10_000);
    const { stream } = events.find((each) => each.stream.startsWith('housekeeping-directory.'))!;
    return stream.slice('housekeeping-'.length);
  };

  it('keeps an output as long as a criterion rests on the step that wrote it', async () => {
    const { blobs, pool, store } = api.platform;
    const criteria = (await (await api.get('/v1/deployments/proven/acceptance-criteria')).json()) as {
      criteria: { evidence: { eventId: string }[] }[];
    };
    const resting = new Set(criteria.criteria.flatMap(({ evidence }) => evidence.map(({ eventId }) => eventId)));
    const steps = (await store.read('deployment-proven')).filter(({ type }) => type === 'StepSucceeded');
    const outputs = await Promise.all(
      steps.map(async ({ id, data }) => ({
        isEvidence: resting.has(id),
        sha256: await blobs.put(Buffer.from(outputOf((data as { step: string }).step)), 'proven'),
      })),
    );
    // Somebody else has written the same, and no criterion of theirs rests on it.
    for (const { step } of steps.map(({ data }) => data as { step: string }))
      await blobs.put(Buffer.from(outputOf(step)), 'gone');
    await pool.query(`UPDATE backstay.blobs SET created_at = '2020-01-01T00:00:00Z'`);
    await pruneAt('2028-01-01T00:00:00.000Z');
    expect(outputs.some(({ isEvidence }) => isEvidence)).toBe(true);
    expect(outputs.some(({ isEvidence }) => !isEvidence)).toBe(true);
    for (const { isEvidence, sha256 } of outputs) expect((await blobs.get(sha256)) !== null).toBe(isEvidence);
  });

  async function pruneAt(time: string): Promise<Record<string, string>[]> {
    return ((await (await prunedAt(time)).json()) as { items: Record<string, string>[] }).items;
  }

  async function prunedAt(time: string): Promise<Response> {
    const { platform } = api;
    const { now } = platform;
    Object.assign(platform, { now: () => time });
    try {
      return await api.post('/v1/prune');
    } finally {
      Object.assign(platform, { now });
    }
  }

  it('keeps an output as long as one of those that have written it needs it', async () => {
    const { blobs, pool } = api.platform;
    const shared = await blobs.put(Buffer.from('shared'), 'gone');
    await blobs.put(Buffer.from('shared'), 'running');
    const own = await blobs.put(Buffer.from('own'), 'gone');
    const half = await blobs.put(Buffer.from('of somebody of whom nothing is recorded, too'), 'gone');
    await blobs.put(Buffer.from('of somebody of whom nothing is recorded, too'), 'nobody');
    await pool.query(`UPDATE backstay.blobs SET created_at = '2020-01-01T00:00:00Z'`);
    const items = await pruneAt('2028-01-01T00:00:00.000Z');
    expect(items.filter(({ kind }) => kind === 'output')).toMatchObject([{ id: own, outcome: 'removed' }]);
    expect(await blobs.get(shared)).toEqual(Buffer.from('shared'));
    expect(await blobs.get(half)).not.toBeNull();
  });

  it('lists what it removed in one place where another process prunes the next, and is a conflict where that is all', async () => {
    const { blobs, leases, pool } = api.platform;
    const place = await housekeepingId();
    const lease = await leases.take({ name: `housekeeping-${place}` });
    try {
      const refused = [{ place, why: `another process prunes ${place} now` }];
      const sha256 = await blobs.put(Buffer.from('beside'), 'gone');
      await pool.query(`UPDATE backstay.blobs SET created_at = '2020-01-01T00:00:00Z' WHERE sha256 = $1`, [sha256]);
      const partly = await prunedAt('2028-01-01T00:00:00.000Z');
      expect([partly.status, await partly.json()]).toMatchObject([
        200,
        { items: [{ kind: 'output', id: sha256, outcome: 'removed' }], refused },
      ]);
      const nothing = await prunedAt('2028-01-01T00:00:00.000Z');
      expect([nothing.status, await nothing.json()]).toMatchObject([
        409,
        { type: '/docs#conflict', code: 'pruning', detail: refused[0]!.why, details: { refused } },
      ]);
    } finally {
      await lease?.release();
    }
  });

  it('lists what it removed in one place where a fault ends it in the next, and is that problem where that is all', async () => {
    const { blobs, pool, logger } = api.platform;
    const place = await housekeepingId();
    const logged = vi.spyOn(logger, 'error');
    const workspaces = join(dataDir, 'workspaces');
    await rename(workspaces, `${workspaces}.aside`);
    await symlink('workspaces', workspaces);
    try {
      const sha256 = await blobs.put(Buffer.from('beside a fault'), 'gone');
      await pool.query(`UPDATE backstay.blobs SET created_at = '2020-01-01T00:00:00Z' WHERE sha256 = $1`, [sha256]);
      const partly = await prunedAt('2028-01-01T00:00:00.000Z');
      expect([partly.status, await partly.json()]).toEqual([
        200,
        {
          items: [expect.objectContaining({ kind: 'output', id: sha256, outcome: 'removed' })],
          refused: [{ place, why: `pruning ${place} met a fault: it is recorded in the log of the service` }],
        },
      ]);
      expect(logged).toHaveBeenCalledWith(
        { err: expect.objectContaining({ code: 'ELOOP' }), place },
        'pruning met a fault',
      );
      const nothing = await prunedAt('2028-01-01T00:00:00.000Z');
      expect([nothing.status, await nothing.json()]).toMatchObject([500, { type: '/docs#fault' }]);
    } finally {
      logged.mockRestore();
      await rm(workspaces);
      await rename(`${workspaces}.aside`, workspaces);
    }
  });

  it('prunes the next place also where a fault ends it in the first', async () => {
    const { pool } = api.platform;
    await leave('proven');
    await pool.query('ALTER TABLE backstay.blobs RENAME TO blobs_aside');
    try {
      const response = await api.post('/v1/prune');
      const { items, refused } = (await response.json()) as Record<'items' | 'refused', Record<string, string>[]>;
      expect([response.status, refused]).toMatchObject([200, [{ place: 'database' }]]);
      expect(names(items)).toContain('workspace proven');
    } finally {
      await pool.query('ALTER TABLE backstay.blobs_aside RENAME TO blobs');
    }
  });

  it('reads of what a deployment left what housekeeping recorded, and none of its own events', async () => {
    const { store } = api.platform;
    const read = vi.spyOn(store, 'readCorrelated');
    const entries = await prunedOf('gone');
    const pages = await Promise.all(read.mock.results.map(({ value }) => value));
    read.mockRestore();
    expect(pages.flat().map(({ id }) => id)).toEqual(entries.map(({ eventId }) => eventId));
    expect(entries.length).toBeGreaterThan(0);
  });

  it('removes a mirror that nothing has used for long, unless an open deployment may have', async () => {
    const repositories = join(dataDir, 'repositories');
    const [unused, used] = ['a', 'b'].map((name) => `${name.repeat(24)}.git`) as [string, string];
    for (const [mirror, time] of [
      [unused, new Date('2025-12-01T00:00:00.000Z')],
      [used, old],
    ] as const) {
      await mkdir(join(repositories, mirror), { recursive: true });
      await utimes(join(repositories, mirror), time, time);
    }
    const { items } = (await (await api.post('/v1/prune')).json()) as { items: Record<string, string>[] };
    expect(items).toMatchObject([{ kind: 'mirror', id: unused, outcome: 'removed', rule: 'mirror 90d' }]);
    expect(await readdir(repositories)).toEqual([used]);
    const { kept } = (await (await api.get('/v1/prunable')).json()) as { kept: object[] };
    expect(kept).toContainEqual({ kind: 'mirror', because: 'open', count: 1 });
  });

  it('frees the space for the rollback of whoever has ended or is known to nobody, and of nobody who is open', async () => {
    const reserves = join(dataDir, 'reserves');
    await mkdir(reserves);
    for (const id of ['gone', 'running', 'open', 'nobody', 'open.draft']) {
      await writeFile(join(reserves, id), 'abc');
      await utimes(join(reserves, id), old, old);
    }
    const listed = await list('/v1/prunable');
    const expected = ['gone', 'nobody', 'running'].map((id) => `rollback-reserve ${id}`);
    expect(names(listed.items)).toEqual(expected);
    expect(listed).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ id: 'gone', deployments: ['gone'], bytes: 3, rule: 'rollback-reserve 1h' }),
      ]),
      kept: expect.arrayContaining([{ kind: 'rollback-reserve', because: 'open', count: 2 }]),
    });
    const { items } = (await (await api.post('/v1/prune')).json()) as { items: Record<string, string>[] };
    expect(names(items)).toEqual(expected);
    expect(await readdir(reserves)).toEqual(['open', 'open.draft']);
  });

  it('is left to another process while that one is at it', async () => {
    const lease = await api.platform.leases.take({ name: 'housekeeping-database' });
    try {
      const response = await api.post('/v1/prune');
      expect([response.status, await response.json()]).toMatchObject([409, { code: 'pruning' }]);
    } finally {
      await lease?.release();
    }
  });

  it('shows all that was removed of a deployment, however much that is, and nothing of another', async () => {
    const { events } = success({ id: 'busy', second: 500 });
    const data = { items: [], host: 'host-a', at: old.toISOString() };
    const pruned = Array.from({ length: 1_001 }, (_, index) => ({
      ...events[0]!,
      id: `busy-pruned-${index}`,
      stream: 'housekeeping-elsewhere',
      version: index + 1,
      type: 'PruningStarted',
      data,
    }));
    await api.record(settled(events), pruned);
    expect((await prunedOf('busy')).map(({ type }) => type)).toEqual(pruned.map(({ type }) => type));
    expect(await prunedOf('open')).toEqual([]);
  });

  it('knows no absent deployment', async () => {
    expect((await api.get('/v1/deployments/absent/pruned')).status).toBe(404);
  });
});
