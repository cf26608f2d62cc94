import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes, type Route } from '@backstay/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drafted, examplePlan, watched } from '@backstay/projections/testing';
import { startTestApi, type TestApi } from '../api.test-support.ts';

const secrets = {
  viewer: 'v-secret',
  operator: 'o-secret',
  approver: 'a-secret',
  admin: 'r-secret',
  writer: 'w-secret',
} as const;
type Name = keyof typeof secrets;
const bearer = (name: Name) => ({ authorization: `Bearer ${secrets[name]}` });
const basic = (name: Name) => ({ authorization: `Basic ${Buffer.from(`x:${secrets[name]}`).toString('base64')}` });

function entry(name: Name, role: string, duties: readonly string[] = []) {
  return { name, role, duties, sha256: createHash('sha256').update(secrets[name]).digest('hex') };
}

const entries = [
  entry('viewer', 'viewer'),
  entry('operator', 'operator'),
  entry('approver', 'approver'),
  entry('admin', 'admin'),
  entry('writer', 'viewer', ['tech-writer']),
];
const table = Object.entries<Route>(routes);
const pathOf = (path: string) =>
  path.replaceAll(/:\w+/g, 'absent').replace('/v1/events/stream', '/v1/events/stream?deployment=absent');

describe('with tokens', () => {
  let directory: string;
  let api: TestApi;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backstay-tokens-'));
    const file = join(directory, 'tokens.json');
    await writeFile(file, JSON.stringify(entries));
    api = await startTestApi({ BACKSTAY_AUTH: 'token', BACKSTAY_TOKENS: file });
  });

  afterAll(async () => {
    await api?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const call = ({ method, path }: Route, headers: Record<string, string>) =>
    method === 'GET' ? api.get(pathOf(path), headers) : api.post(pathOf(path), {}, headers);

  it.each(table)('%s is closed to whoever is not known, if it is not for everybody', async (_, route) => {
    const open = route.access === 'public';
    const strangers: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'Bearer' },
      { authorization: `Digest ${secrets.admin}` },
    ];
    for (const headers of strangers) {
      const response = await call(route, headers);
      expect(response.status === 401).toBe(!open);
      if (!open) expect(response.headers.get('www-authenticate')).toContain('Bearer');
      await response.arrayBuffer();
    }
  });

  it.each(table)('%s is open to its role and to admins, and closed to the others', async (_, route) => {
    for (const name of ['viewer', 'operator', 'approver', 'admin'] as const) {
      const { access } = route;
      const expected =
        access === 'public' ||
        access === 'viewer' ||
        name === 'admin' ||
        name === access ||
        (access === 'duty' && name === 'operator');
      const response = await call(route, bearer(name));
      expect([name, response.status !== 403]).toEqual([name, expected]);
      await response.body?.cancel();
    }
  });

  it('lets a browser look with the token as its password, and change nothing', async () => {
    expect((await api.get('/', basic('viewer'))).status).toBe(200);
    expect((await api.post('/v1/documents/lint', { document: '# x' }, basic('admin'))).status).toBe(401);
  });

  it('records who it was', async () => {
    await api.record(watched({ id: 'named' }).events);
    await api.post('/v1/deployments/named/rollback', { reason: 'slow' }, bearer('operator'));
    const last = (await api.platform.store.read('deployment-named')).find(({ type }) => type === 'RollbackTriggered');
    expect(last?.actor).toEqual({ kind: 'person', name: 'operator' });
  });

  it('keeps the keys of different callers apart', async () => {
    const key = { 'idempotency-key': 'shared' };
    await api.post('/v1/deployments/absent/cancel', { reason: 'mine' }, { ...bearer('operator'), ...key });
    expect(
      (await api.post('/v1/deployments/absent/cancel', { reason: 'yours' }, { ...bearer('admin'), ...key })).status,
    ).toBe(404);
  });

  it('lets only those with a duty give the word for it, where somebody has the duty', async () => {
    const rule = (duty: string) => ({ kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty } });
    const plan = examplePlan({
      acceptanceCriteria: [
        { text: 'Read', line: 160, rule: rule('tech-writer') },
        { text: 'Reviewed', line: 161, rule: rule('nobody-has-it') },
      ],
    });
    await api.record(drafted({ id: 'duties', second: 100, plan }).events);
    const confirm = async (item: number, name: Name) =>
      (await api.post('/v1/deployments/duties/confirm', { item, reason: 'so it is' }, bearer(name))).status;
    expect(await confirm(160, 'operator')).toBe(403);
    expect(await confirm(160, 'admin')).toBe(403);
    expect(await confirm(161, 'writer')).toBe(403);
    expect(await confirm(160, 'writer')).toBe(202);
    expect(await confirm(161, 'operator')).toBe(202);
  });
});

describe('a token file', () => {
  it.each([
    ['that is absent', undefined, 'cannot be read'],
    ['that is no JSON', '{', 'is no JSON'],
    ['with a name twice', '[{"role":"viewer","role":"admin"}]', 'twice in one object: /0/role'],
    ['that is not UTF-8', Buffer.from('[\n"\xE9"]', 'latin1'), 'is not UTF-8: byte 4, in line 2, column 2'],
    ['without tokens', '[]', 'has problems'],
    [
      'with a token instead of its digest',
      JSON.stringify([{ name: 'a', role: 'admin', sha256: 'open-sesame' }]),
      '0.sha256',
    ],
    ['with an unknown role', JSON.stringify([{ ...entries[0], role: 'root' }]), '0.role'],
  ])('%s keeps the service from starting, and is not quoted', async (_, content, expected) => {
    const directory = await mkdtemp(join(tmpdir(), 'backstay-tokens-'));
    const file = join(directory, 'tokens.json');
    if (content !== undefined) await writeFile(file, content);
    try {
      const error = await startTestApi({ BACKSTAY_AUTH: 'token', BACKSTAY_TOKENS: file }).catch(
        (thrown: Error) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toContain(expected);
      expect((error as Error).message).not.toContain('open-sesame');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('without authentication', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  });

  afterAll(() => api?.close());

  const statusWith = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(`${api.service.url}/v1/deployments`, { headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });

  it.each([
    ['this machine', {}, 200],
    ['a name that was bent to loopback', { host: 'evil.example' }, 403],
    ['the page of another site', { origin: 'https://evil.example' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
  ])('responds with %s', async (_, headers, status) => {
    expect(await statusWith(headers as Record<string, string>)).toBe(status);
  });

  it('does not start off loopback, nor with what it does not know', async () => {
    await expect(startTestApi({ BACKSTAY_HTTP_HOST: '0.0.0.0' })).rejects.toThrow('BACKSTAY_AUTH');
    await expect(startTestApi({ BACKSTAY_AUTH: 'oidc' })).rejects.toThrow('not supported');
  });
});
