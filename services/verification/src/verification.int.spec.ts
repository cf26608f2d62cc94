import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleStep } from '@backstay/deployment/testing';
import type { Plan } from '@backstay/document';
import { stopTestParts } from '@backstay/local-platform/testing';
import { flow, health, planOf, section } from './plan.test-support.ts';
import { openStage, type Stage } from './stage.test-support.ts';
import { startTarget } from './target.test-support.ts';

let stage: Stage;
let target: Awaited<ReturnType<typeof startTarget>>;

beforeEach(async () => {
  stage = await openStage();
  target = await startTarget({
    'GET /health': () => ({ status: 'ok' }),
    'GET /version': () => ({ version: '2.0.0' }),
    'GET /data': () => ({ items: [1] }),
    'POST /login': () => ({ token: 'a.b.c' }),
  });
  await stage.start();
});
afterEach(async () => {
  await stage.close();
  await target.stop();
});
afterAll(() => stopTestParts());

const checked = (override: Partial<Plan>) => planOf({ baseUrl: target.url, ...override });
const healthy = () => [
  health('Application health', { kind: 'request', request: { method: 'GET', path: '/health' } }),
  health('Version', { kind: 'version', request: { method: 'GET', path: '/version' }, jsonPath: '$.version' }),
];

describe('before a deployment', () => {
  const running = { version: '1.0.0', commit: null, release: null, deployment: null };
  const findings = async (id: string) =>
    (await stage.event(id, 'PreflightReported', ({ phase }) => phase === 'verification')).findings;

  it('finds nothing against checks that can be made, and that what runs responds', async () => {
    await stage.preflight('fine', checked({ smokeTests: [flow(1)], healthChecks: healthy() }), running);
    expect(await findings('fine')).toEqual([
      {
        code: 'reachable',
        subject: target.url,
        ok: true,
        blocking: false,
        message: expect.stringMatching(/^GET \/health responded with 200 in \d+ ms$/),
      },
    ]);
    await stage.event('fine', 'DeploymentPlanned');
  });

  it('refuses all at once what would keep the checks from being made', async () => {
    const smokeTests = [
      flow(1, {
        request: { method: 'POST', path: '/login', body: '{"user":"${SMOKE_USER}","password":"${SMOKE_PASSWORD}"}' },
        captures: { token: 'token' },
      }),
      flow(2, {
        request: {
          method: 'GET',
          path: 'http://192.0.2.1/data',
          headers: { authorization: 'Bearer ${token} ${smoke.3.token}' },
        },
      }),
    ];
    await stage.preflight(
      'refused',
      checked({
        smokeTests,
        steps: [exampleStep('deploy.1'), section('post.1', 'health-checks')],
        environmentVariables: [
          { name: 'SMOKE_PASSWORD', from: 'secret', secret: 'SMOKE_PASSWD', source: { line: 12 } },
        ],
      }),
    );
    const { problems, because } = await stage.event('refused', 'DeploymentRejected');
    expect(because).toBe('preflight');
    expect(problems.map(({ code, message, line }) => [code, line, message])).toEqual([
      ['missing-variable', 61, 'SMOKE_USER: nothing provides ${SMOKE_USER}, which Flow 1 uses'],
      [
        'missing-secret',
        61,
        expect.stringMatching(
          /^SMOKE_PASSWD: the secret SMOKE_PASSWD is not provided: looked for (\w+)__SMOKE_PASSWD, then SMOKE_PASSWD; Flow 1 uses it as \$\{SMOKE_PASSWORD\}$/,
        ),
      ],
      ['missing-variable', 62, 'smoke.3.token: nothing provides ${smoke.3.token}, which Flow 2 uses'],
      ['not-allowed', 62, '192.0.2.1:80: Flow 2 calls it, and it is not in the allow-list of this environment'],
      ['bad-jsonpath', 61, 'token: Flow 1 reads it, and it is no JSONPath'],
      ['nothing-to-check', 20, 'Run health-checks: the document names nothing that this step could check'],
    ]);
  });

  it('reveals no secret where one is the host that is called', async () => {
    process.env['SMOKE_HOST'] = 'T0P53CR3T.example.com';
    const smokeTests = [flow(1, { request: { method: 'GET', path: 'https://${SMOKE_HOST}/data' } })];
    await stage.preflight('secret-host', checked({ smokeTests, steps: [exampleStep('deploy.1')] }));
    const { problems } = await stage.event('secret-host', 'DeploymentRejected');
    expect(problems).toMatchObject([{ code: 'not-allowed', message: expect.stringContaining('***:443: Flow 1') }]);
  });

  it('records that what runs does not respond, and lets it be replaced', async () => {
    const plan = checked({ healthChecks: healthy() });
    await target.stop();
    await stage.preflight('down', plan, running);
    expect(await findings('down')).toMatchObject([
      { code: 'reachable', ok: false, blocking: false, message: 'GET /health: connection refused' },
    ]);
    await stage.event('down', 'DeploymentPlanned');
    target = await startTarget({});
  });
});

describe('after a deployment', () => {
  it('runs the flows of a step and the health checks that no step runs, and ends verified', async () => {
    const smokeTests = [
      flow(1, {
        title: 'User Login',
        request: { method: 'POST', path: '/login' },
        expect: [{ kind: 'status', status: 200 }],
        captures: { token: '$.token' },
      }),
      flow(2, {
        title: 'Data Retrieval',
        request: { method: 'GET', path: '/data', headers: { authorization: 'Bearer ${token}' } },
      }),
    ];
    await stage.executed(
      'good',
      checked({
        smokeTests,
        healthChecks: healthy(),
        steps: [exampleStep('deploy.1'), section('post.1', 'smoke-tests')],
      }),
    );
    expect(await stage.event('good', 'VerificationPassed')).toMatchObject({ smokeTests: 2, healthChecks: 2 });
    expect((await stage.types('good')).slice(-10)).toEqual([
      'ExecutionCompleted',
      'StepStarted',
      'SmokeTestPassed',
      'SmokeTestPassed',
      'StepSucceeded',
      'ChecksStarted',
      'HealthCheckPassed',
      'HealthCheckPassed',
      'VerificationPassed',
      'DeploymentSucceeded',
    ]);
    const login = await stage.event('good', 'SmokeTestPassed');
    expect(login).toMatchObject({
      title: 'User Login',
      line: 61,
      attempts: 1,
      purpose: 'verification',
      observed: { status: 200, latencyMs: expect.any(Number) },
    });
    expect(JSON.stringify(await stage.platform.store.read('deployment-good'))).not.toContain('a.b.c');
  });

  it('fails the step on a flow that fails, and triggers by the document’s own rule', async () => {
    target.routes['GET /data'] = (_request, response) => response.writeHead(503).end();
    await stage.executed(
      'bad',
      checked({
        smokeTests: [flow(1), flow(2)],
        steps: [exampleStep('deploy.1'), section('post.1', 'critical-flows')],
      }),
    );
    expect(await stage.event('bad', 'StepFailed')).toMatchObject({
      reason: expect.stringMatching(/^Flow 1: .*503.*; Flow 2: not run: flow 1 \(Flow 1\) failed$/),
      result: { passed: 0, total: 2 },
    });
    expect((await stage.event('bad', 'RollbackTriggered')).trigger).toEqual({
      kind: 'smoke-tests',
      text: 'Smoke tests fail',
      line: 90,
      by: 'backstay',
    });
  });

  it('goes on after a flow that may fail', async () => {
    target.routes['GET /data'] = (_request, response) => response.writeHead(503).end();
    await stage.executed(
      'may',
      checked({
        smokeTests: [flow(1, { onFailure: 'continue' })],
        healthChecks: healthy(),
        steps: [exampleStep('deploy.1'), section('post.1', 'smoke-tests')],
      }),
    );
    expect(await stage.event('may', 'SmokeTestFailed')).toMatchObject({ title: 'Flow 1' });
    await stage.event('may', 'DeploymentSucceeded');
  });

  it('is patient with a service that becomes healthy, and says how often it asked', async () => {
    let asked = 0;
    target.routes['GET /health'] = (_request, response) =>
      (asked += 1) < 3 ? response.writeHead(503).end() : { status: 'ok' };
    await stage.executed('slow', checked({ healthChecks: healthy() }));
    expect(await stage.event('slow', 'HealthCheckPassed')).toMatchObject({ title: 'Application health', attempts: 3 });
    await stage.event('slow', 'DeploymentSucceeded');
  });

  it('does not take the version before for the new one', async () => {
    target.routes['GET /version'] = () => ({ version: '1.0.0' });
    await stage.executed('old', checked({ healthChecks: healthy() }));
    expect(await stage.event('old', 'HealthCheckFailed')).toMatchObject({
      title: 'Version',
      reason: 'serves 1.0.0, not 2.0.0',
    });
    expect(await stage.event('old', 'VerificationFailed')).toMatchObject({ failed: ['Version'] });
    expect((await stage.event('old', 'RollbackTriggered')).trigger.kind).toBe('health-checks');
  });

  it('ends a step that is no longer wanted, and says so', async () => {
    let asked = (): void => {};
    const begun = new Promise<void>((resolve) => (asked = resolve));
    target.routes['GET /data'] = () => (asked(), null);
    const hanging = flow(1, { timeoutMs: 60_000 });
    await stage.executed(
      'cut',
      checked({
        smokeTests: [hanging],
        steps: [exampleStep('deploy.1'), section('post.1', 'smoke-tests', { timeoutMs: 60_000 })],
      }),
    );
    await begun;
    await stage.send('cut', { type: 'CancelDeployment', reason: 'enough', by: 'spec', at: stage.platform.now() });
    expect(await stage.event('cut', 'StepInterrupted')).toMatchObject({
      step: 'post.1',
      reason: 'it was ended because it is no longer wanted',
    });
  });

  it('fails a step that is not finished in its time', async () => {
    target.routes['GET /data'] = () => null;
    await stage.executed(
      'long',
      checked({
        smokeTests: [flow(1, { timeoutMs: 60_000 })],
        steps: [exampleStep('deploy.1'), section('post.1', 'smoke-tests', { timeoutMs: 300 })],
      }),
    );
    expect(await stage.event('long', 'StepFailed')).toMatchObject({
      reason: expect.stringContaining('not finished within 300 ms'),
    });
  });

  it('leaves its step to the process that comes next', async () => {
    let asked = (): void => {};
    const begun = new Promise<void>((resolve) => (asked = resolve));
    target.routes['GET /data'] = () => (asked(), null);
    await stage.executed(
      'passed-on',
      checked({
        smokeTests: [flow(1, { timeoutMs: 60_000 })],
        steps: [exampleStep('deploy.1'), section('post.1', 'smoke-tests', { timeoutMs: 60_000 })],
      }),
    );
    await begun;
    await stage.stopAll();
    target.routes['GET /data'] = () => ({ items: [1] });
    await stage.start();
    await stage.event('passed-on', 'StepSucceeded', ({ step: id }) => id === 'post.1');
    expect((await stage.types('passed-on')).filter((type) => type === 'StepResumed')).toHaveLength(1);
  });
});
