import { afterEach, describe, expect, it } from 'vitest';
import type { SmokeTest } from '@backstay/document';
import { guardedIo, redactor } from '@backstay/guarded-io';
import { localServer, type Handler, type LocalServer } from '@backstay/guarded-io/testing';
import { runFlows, type FlowResult } from './run-flows.ts';

const open = ['2.4.0-rc.1'];
const mask = (values: readonly string[]) => redactor(values, open).text;
const io = { ...guardedIo({ allow: ['127.0.0.1:*'], environmentVariables: [] }), mask, open };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${encode({ alg: 'HS256' })}.${encode({ sub: '7' })}.c2lnbmF0dXJl`;
const variables = (name: string) =>
  ({ SMOKE_USER: 'smo"ke', SMOKE_PASSWORD: 'hunter22', VERSION: '2.4.0-rc.1', KEY: 'a "key" with \\ in it' })[name];

const flow = (number: number, request: SmokeTest['request'], rest: Partial<SmokeTest> = {}): SmokeTest => ({
  number,
  title: `Flow ${number}`,
  request,
  expect: [],
  captures: {},
  timeoutMs: 2_000,
  onFailure: 'rollback',
  source: { line: number },
  ...rest,
});
const get = (path: string, headers?: Record<string, string>) => ({
  method: 'GET',
  path,
  ...(headers ? { headers } : {}),
});

let server: LocalServer | undefined;
afterEach(() => server?.close());

async function run(routes: Record<string, Handler>, tests: SmokeTest[], options = {}): Promise<FlowResult[]> {
  server = await localServer(routes);
  return runFlows(tests, { ...io, baseUrl: server.url, variables, ...options });
}

describe('runFlows', () => {
  const login = flow(
    1,
    { method: 'POST', path: '/login', body: '{"user":"${SMOKE_USER}","password":"${SMOKE_PASSWORD}"}' },
    { expect: [{ kind: 'returns', what: 'jwt', path: '$.session.jwt' }], captures: { order: '$.orders[0].id' } },
  );
  const loginRoute: Handler = ({ body, headers }) => {
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ user: 'smo"ke', password: 'hunter22' });
    return { session: { jwt: token }, orders: [{ id: 41 }], name: 'a b' };
  };

  it('passes on token, captures and paths of earlier flows, and records their names only', async () => {
    const read = flow(
      2,
      get('/orders/${smoke.1.order}?name=${smoke.1.$.name}', {
        Authorization: 'Bearer ${smoke.1.token}',
        'X-Order': '${order}',
      }),
    );
    const seen: unknown[] = [];
    const results = await run(
      {
        'POST /login': loginRoute,
        'GET /orders/41': ({ headers, url }) => (seen.push(headers.authorization, headers['x-order'], url), {}),
      },
      [login, read],
    );
    expect(seen).toEqual([`Bearer ${token}`, '41', '/orders/41?name=a%20b']);
    expect(results).toEqual([
      expect.objectContaining({ number: 1, passed: true, attempts: 1, captured: ['token', 'order'] }),
      expect.objectContaining({
        number: 2,
        passed: true,
        observed: { status: 200, latencyMs: expect.any(Number), failing: [] },
      }),
    ]);
    expect(JSON.stringify(results)).not.toContain(token);
  });

  it('masks in its texts what was sent and captured', async () => {
    const test = flow(1, get('/echo/${SMOKE_PASSWORD}'), {
      expect: [{ kind: 'value', path: '$.both', operator: '=', value: 'x' }],
      captures: { session: '$.session' },
    });
    const [result] = await run({ 'GET /echo/hunter22': () => ({ both: 'hunter22 s-9999', session: 's-9999' }) }, [
      test,
    ]);
    expect(result).toMatchObject({ passed: false, reason: 'expected `$.both` = `"x"`, observed "*** ***"' });
  });

  it('masks a secret that the reply escapes within JSON, also where the text about it is cut', async () => {
    const expect_ = (path: string) => [{ kind: 'value', path, operator: '=', value: 'x' }] as const;
    const key = variables('KEY')!;
    const handler: Handler = () => ({ text: JSON.stringify({ key }), long: `${'.'.repeat(190)}${key}`, all: { key } });
    const tests = ['$.text', '$.long', '$.all', '$'].map((path, index) =>
      flow(index + 1, get('/echo', { 'x-key': '${KEY}' }), { expect: [...expect_(path)], onFailure: 'continue' }),
    );
    const results = await run({ 'GET /echo': handler }, tests);
    expect(results.map(({ reason }) => reason)).toEqual([
      'expected `$.text` = `"x"`, observed "{\\"key\\":\\"***\\"}"',
      `expected \`$.long\` = \`"x"\`, observed "${'.'.repeat(190)}***"`,
      'expected `$.all` = `"x"`, observed another value, which is not recorded because the request sent secrets',
      'expected `$` = `"x"`, observed another value, which is not recorded because the request sent secrets',
    ]);
  });

  it('shows public values, and the body of a reply to a request without secrets', async () => {
    const test = flow(1, get('/v/${VERSION}'), {
      expect: [{ kind: 'value', path: '$.served', operator: '=', value: '${VERSION}' }],
    });
    const [result] = await run({ 'GET /v/2.4.0-rc.1': () => ({ served: { version: '2.4.0-rc.1' } }) }, [test]);
    expect(result!.reason).toBe('expected `$.served` = `"2.4.0-rc.1"`, observed {"version":"2.4.0-rc.1"}');
  });

  it('retries, and reports the attempts and the last observation', async () => {
    let calls = 0;
    const test = flow(1, get('/slow-start'), { retry: { times: 3, everyMs: 1 } });
    const handler: Handler = (_request, response) => void response.writeHead(++calls < 3 ? 503 : 200).end();
    expect(await run({ 'GET /slow-start': handler }, [test])).toMatchObject([
      { passed: true, attempts: 3, observed: { status: 200 } },
    ]);
  });

  it('gives up after the first attempt and its retries', async () => {
    const test = flow(1, get('/down'), { retry: { times: 2, everyMs: 1 } });
    expect(await run({}, [test])).toMatchObject([
      { passed: false, attempts: 3, reason: 'expected status 200 to 299, observed 404 Not Found' },
    ]);
  });

  it('does not run what follows a failed flow, and says so', async () => {
    const results = await run({ 'GET /two': () => '' }, [flow(1, get('/one')), flow(2, get('/two'))]);
    expect(results[1]).toMatchObject({ passed: false, attempts: 0, reason: 'not run: flow 1 (Flow 1) failed' });
    expect(server!.asked).toEqual(['GET /one']);
  });

  it('runs on after a failed flow that says Continue, without its captures', async () => {
    const needy = flow(2, get('/two', { authorization: '${smoke.1.token}' }));
    const results = await run({ 'GET /two': () => 'ok' }, [flow(1, get('/one'), { onFailure: 'continue' }), needy]);
    expect(results[1]).toMatchObject({ passed: false, attempts: 1, reason: 'nothing provides ${smoke.1.token}' });
  });

  it('fails a flow that does not give what it should capture', async () => {
    const test = flow(1, get('/one'), { captures: { id: '$.id' } });
    expect(await run({ 'GET /one': () => ({}) }, [test])).toMatchObject([
      { passed: false, reason: 'nothing to capture as id at `$.id`' },
    ]);
  });

  it('says what kept a request from being made', async () => {
    const late = await run({ 'GET /silent': () => undefined }, [flow(1, get('/silent'), { timeoutMs: 50 })]);
    expect(late).toMatchObject([
      {
        passed: false,
        observed: { status: null, latencyMs: null },
        reason: expect.stringContaining('no response within 50 ms'),
      },
    ]);
    const [elsewhere] = await runFlows([flow(1, get('http://10.0.0.1/secret-path'))], {
      ...io,
      baseUrl: null,
      variables,
    });
    expect(elsewhere!.reason).toBe('10.0.0.1:80: the host is not in the allow-list of this environment');
    const [nowhere] = await runFlows([flow(1, get('/health'))], { ...io, baseUrl: null, variables });
    expect(nowhere!.reason).toBe('/health is relative and the document has no base URL');
  });

  it('ends at once when the caller aborts, also between retries', async () => {
    const caller = new AbortController();
    const test = flow(1, get('/down'), { retry: { times: 100, everyMs: 60_000 } });
    const running = run(
      { 'GET /down': (_request, response) => (response.on('close', () => caller.abort()), '{') },
      [{ ...test, expect: [{ kind: 'returns', what: 'json' }] }],
      { signal: caller.signal },
    );
    expect(await running).toMatchObject([{ passed: false, attempts: expect.any(Number) }]);
  });

  it('reports each result as it comes', async () => {
    const reportedAttempts: number[] = [];
    await run({ 'GET /one': () => '' }, [flow(1, get('/one')), flow(2, get('/one'))], {
      onResult: ({ number }: FlowResult) => void reportedAttempts.push(number),
    });
    expect(reportedAttempts).toEqual([1, 2]);
  });
});
