import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentId } from '@backstay/deployment';
import { examplePlan, secondsIn } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import { deployableDocument } from '../document.test-support.ts';

const bad = deployableDocument.replace('- Version: 2.4.0', '- Version: [version]').replace('   - Run:', '   - Rnu:');

let api: TestApi;
let directory: string;
let profiles: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backstay-profiles-'));
  profiles = join(directory, 'environments.yaml');
  api = await startTestApi({ BACKSTAY_ENVIRONMENTS: profiles });
});

afterAll(async () => {
  await api?.close();
  await rm(directory, { recursive: true, force: true });
});

const recorded = async () => (await api.platform.store.readAll(null, 100)).length;

describe('lint', () => {
  it('reports what is wrong with a plan in JSON, by its pointers', async () => {
    const right = await jsonOf(api.post('/v1/documents/lint', { plan: examplePlan() }));
    expect(right).toEqual({ ok: true, problems: [] });
    const wrong = { ...examplePlan(), colour: 'blue', grammar: 7 };
    const { ok, problems } = await jsonOf(api.post('/v1/documents/lint', { plan: wrong }));
    expect(ok).toBe(false);
    expect((problems as unknown as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/grammar',
    ]);
    expect((await api.post('/v1/documents/lint', { plan: wrong, document: 'x' })).status).toBe(422);
  });

  it.each([
    ['Markdown', deployableDocument],
    ['JSON', { document: deployableDocument }],
  ])('finds nothing wrong with a good document, sent as %s', async (_, body) => {
    const response = await api.post('/v1/documents/lint', body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ ok: true });
  });

  it('reports every problem in line order, with column, code and what to do', async () => {
    const { ok, problems } = (await jsonOf(api.post('/v1/documents/lint', bad))) as unknown as {
      ok: boolean;
      problems: { line: number; severity: string }[];
    };
    expect(ok).toBe(false);
    expect(problems.filter(({ severity }) => severity === 'error').length).toBeGreaterThanOrEqual(2);
    expect(problems.map(({ line }) => line)).toEqual(problems.map(({ line }) => line).sort((a, b) => a - b));
    expect(problems[0]).toMatchObject({
      line: expect.any(Number),
      column: expect.any(Number),
      code: expect.any(String),
      message: expect.any(String),
    });
  });

  it.each([{}, { document: 7 }, { document: deployableDocument, more: 1 }, { document: 'x'.repeat(262_145) }])(
    'refuses what is not a document',
    async (body) => {
      expect((await api.post('/v1/documents/lint', body)).status).toBe(422);
    },
  );
});

describe('a dry run', () => {
  it('gives plan, digest and what blocks it, and records nothing', async () => {
    await writeFile(profiles, 'environments: {}\n');
    const before = await recorded();
    const response = await api.post('/v1/plans?environment=staging', deployableDocument);
    expect(response.status).toBe(200);
    const { plan, digest, blockers } = await jsonOf(response);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(plan).toMatchObject({
      service: 'orders-api',
      version: '2.4.0',
      environment: 'staging',
      steps: [{ id: 'deploy.1' }],
    });
    expect(Array.isArray(blockers)).toBe(true);
    expect(await recorded()).toBe(before);
  });

  it('takes a plan as well', async () => {
    expect(await jsonOf(api.post('/v1/plans', { plan: examplePlan() }))).toMatchObject({
      plan: { service: 'orders-api' },
    });
  });

  it('says who holds the environment and what is quarantined there', async () => {
    const handler = api.platform.environments;
    const stream = environmentId('orders-api', 'production');
    const at = secondsIn(0);
    const metadata = () => ({
      commandId: api.platform.ids(),
      time: at,
      actor: { kind: 'system' as const, name: 'test' },
      correlation: stream,
      causation: null,
    });
    const quarantined = { version: '2.4.0', why: 'rolled back because of errors' };
    await handler.handle(stream, { type: 'ClaimEnvironment', deployment: 'd1', at }, metadata());
    await handler.handle(
      stream,
      {
        type: 'SettleEnvironment',
        deployment: 'd1',
        outcome: 'rolled-back-verified',
        running: null,
        verifiedGood: null,
        quarantined,
        at,
      },
      metadata(),
    );
    await handler.handle(stream, { type: 'ClaimEnvironment', deployment: 'd2', at }, metadata());
    const { blockers } = await jsonOf(api.post('/v1/plans?environment=production', deployableDocument));
    expect(blockers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'environment-held', message: expect.stringContaining('d2') }),
        expect.objectContaining({ code: 'quarantined' }),
      ]),
    );
  });

  it('reports what is wrong with the profile as a blocker', async () => {
    await writeFile(profiles, 'environments: 7\n');
    const { blockers } = await jsonOf(api.post('/v1/plans?environment=staging', deployableDocument));
    expect(blockers).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/^environments\.yaml:\d+: /) }),
    );
    await rm(profiles);
    const again = await jsonOf(api.post('/v1/plans?environment=staging', deployableDocument));
    expect(again['blockers']).toContainEqual(expect.objectContaining({ code: 'profile-unreadable' }));
  });

  it('is refused with the problems of the document', async () => {
    const response = await api.post('/v1/plans?environment=staging', bad);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      type: '/docs#invalid-document',
      errors: expect.arrayContaining([expect.objectContaining({ line: expect.any(Number) })]),
    });
  });

  it.each([
    ['', '#/environment'],
    ['?environment=moon', '#/environment'],
    ['?environment=staging&version=9.9.9', '#/version'],
  ])('is refused with what is wrong with the request: %s', async (query, pointer) => {
    const response = await api.post(`/v1/plans${query}`, deployableDocument);
    expect(response.status).toBe(422);
    const { type, errors } = await jsonOf(response);
    expect({ type, errors }).toMatchObject({ type: '/docs#invalid-request', errors: [{ pointer }] });
    expect(errors).not.toContainEqual(expect.objectContaining({ line: expect.anything() }));
  });
});
