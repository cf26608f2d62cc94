import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentId, type EnvironmentCommand } from '@backstay/deployment';
import {
  doubtful,
  drafted,
  examplePlan,
  exampleStep,
  executed,
  goodSteps,
  heldForPerson,
  planned,
  requested,
  rolledBackManually,
  secondsIn,
  success,
  undone,
  watched,
} from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import { deployableDocument } from '../document.test-support.ts';

let api: TestApi;
const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
  api.post(`/v1/deployments${path}`, body, headers);
const typesOf = async (id: string) => (await api.platform.store.read(`deployment-${id}`)).map(({ type }) => type);
const countOfEvents = async () => (await api.platform.store.readAll(null, 1_000)).length;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api?.close());

async function environmentHas(...commands: readonly EnvironmentCommand[]): Promise<void> {
  const handler = api.platform.environments;
  for (const command of commands) {
    const stream = environmentId('orders-api', 'production');
    const metadata = {
      commandId: api.platform.ids(),
      time: secondsIn(0),
      actor: { kind: 'system' as const, name: 'test' },
      correlation: stream,
      causation: null,
    };
    await handler.handle(stream, command, metadata);
  }
}

const claimAndSettle = (deployment: string, version: string): readonly EnvironmentCommand[] => {
  const running = { version, commit: null, release: null, deployment };
  const at = secondsIn(0);
  return [
    { type: 'ClaimEnvironment', deployment, at },
    {
      type: 'SettleEnvironment',
      deployment,
      outcome: 'succeeded',
      running,
      verifiedGood: running,
      quarantined: null,
      at,
    },
  ];
};

describe('a request for a deployment', () => {
  it('in Markdown is accepted, with where to look', async () => {
    const response = await post('?environment=staging', deployableDocument);
    const summary = await jsonOf(response);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/deployments/${String(summary['id'])}`);
    expect(summary).toMatchObject({ status: 'planning', environment: 'staging', streamVersion: 1 });
    const [event] = await api.platform.store.read<{
      type: 'DeploymentRequested';
      data: { origin: { source: string }; request: object };
    }>(`deployment-${String(summary['id'])}`);
    expect(event).toMatchObject({
      type: 'DeploymentRequested',
      actor: { kind: 'person', name: 'anonymous', claimed: true },
      data: {
        kind: 'deployment',
        origin: { source: 'http:anonymous' },
        request: { document: deployableDocument, environment: 'staging' },
      },
    });
  });

  it('in JSON says all that a request over the bus can say', async () => {
    const response = await post('', {
      document: deployableDocument,
      environment: 'production',
      requestedBy: 'release train',
      reason: 'weekly',
      labels: { team: 'orders' },
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ requestedBy: 'release train (claimed)' });
  });

  it('of which a report is of no known kind is refused, with those that are', async () => {
    const evidence = [{ kind: 'tests', path: 'reports/junit.xml', sha256: 'a'.repeat(64) }];
    const response = await post('', { document: deployableDocument, environment: 'staging', evidence });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [{ pointer: '#/evidence/0/kind', detail: 'expected one of junit, sarif, npm-audit, trivy, grype' }],
    });
  });

  it('reports what was expected', async () => {
    const response = await post('', { document: deployableDocument, environment: 'staging', rehearse: 'yes' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [{ pointer: '#/rehearse', detail: 'expected true or false, not “yes”' }],
    });
  });

  it('may bring a plan instead of a document', async () => {
    const response = await post('', { plan: examplePlan() });
    expect(response.status).toBe(202);
  });

  it('carries the trace of its caller on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const summary = await jsonOf(post('?environment=staging', deployableDocument, { traceparent }));
    const [event] = await api.platform.store.read(`deployment-${String(summary['id'])}`);
    expect(event?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  });

  it('with problems in the document records nothing and reports all of them with line and column', async () => {
    const before = await countOfEvents();
    const response = await post(
      '',
      '# Deployment: nothing\n\n## Deployment Scope\n\n**Application/Service:**\n- Name: [service]\n',
    );
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const { errors, type } = (await response.json()) as { type: string; errors: object[] };
    expect(type).toBe('/docs#invalid-document');
    expect(errors.length).toBeGreaterThan(1);
    expect(errors).toContainEqual(
      expect.objectContaining({
        line: 6,
        column: expect.any(Number),
        code: expect.any(String),
        detail: expect.any(String),
      }),
    );
    expect(await countOfEvents()).toBe(before);
  });

  it.each([
    ['neither document nor plan', {}, '#'],
    ['an unknown member', { document: deployableDocument, shell: 'rm' }, '#/shell'],
    ['a workspace that is a path', { document: deployableDocument, workspace: '../up' }, '#/workspace'],
    [
      'evidence with a malformed digest',
      { document: deployableDocument, evidence: [{ kind: 'junit', sha256: 'x' }] },
      '#/evidence/0/sha256',
    ],
    ['a plan that is none', { plan: { grammar: 1 } }, '#/plan/service'],
  ])('is refused for %s', async (_, body, pointer) => {
    const response = await post('', body);
    expect(response.status).toBe(422);
    expect(((await response.json()) as { errors: { pointer: string }[] }).errors.map((each) => each.pointer)).toContain(
      pointer,
    );
  });

  it.each([
    ['{"document":', 'application/json', 400],
    ['document=x', 'application/x-www-form-urlencoded', 415],
    ['text', 'text/plain', 415],
    [new Uint8Array([0xff, 0xfe]), 'text/markdown', 422],
    [`{"document":${'['.repeat(1_000)}`, 'application/json', 422],
    ['{"plan":{"odd":12345678901234567890}}', 'application/json', 422],
    [Buffer.from('{"document": "caf\xE9"}', 'latin1'), 'application/json', 422],
    [`"${'x'.repeat(3 * 1024 * 1024)}"`, 'application/json', 413],
  ])('is refused for %.12s as %s', async (body, type, status) => {
    const response = await fetch(`${api.service.url}/v1/deployments`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('a request for a rehearsal', () => {
  it('is accepted where a rollback can be rehearsed', async () => {
    const response = await post('', { document: deployableDocument, environment: 'staging', rehearse: true });
    expect([response.status, await jsonOf(response)]).toMatchObject([202, { kind: 'rehearsal', status: 'planning' }]);
  });

  it.each([
    ['production', 'production', deployableDocument, 'rehearsal-in-production', 1],
    [
      'a step that cannot be undone',
      'staging',
      deployableDocument.replace('   - Undo: `node migrate.mjs down`', '   - Irreversible: yes'),
      'rehearsal-irreversible',
      16,
    ],
    [
      'a plan that changes nothing',
      'staging',
      deployableDocument.replace('   - Undo: `node migrate.mjs down`', '   - Mutates: no'),
      'rehearsal-of-nothing',
      1,
    ],
  ])('is refused at once for %s, and nothing is recorded', async (_what, environment, document, code, line) => {
    const before = await countOfEvents();
    const response = await post('', { document, environment, rehearse: true });
    expect([response.status, await jsonOf(response)]).toMatchObject([422, { errors: [{ code, line }] }]);
    expect(await countOfEvents()).toBe(before);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same request the same reply, and one deployment', async () => {
    const headers = { 'idempotency-key': 'once' };
    const [first, second] = [
      await post('?environment=staging', deployableDocument, headers),
      await post('?environment=staging', deployableDocument, headers),
    ];
    expect([second.status, second.headers.get('location'), await second.text()]).toEqual([
      first.status,
      first.headers.get('location'),
      await first.text(),
    ]);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  });

  it('gives a refusal again too', async () => {
    const headers = { 'idempotency-key': 'refused' };
    const [first, second] = [
      await post('/absent/cancel', { reason: 'x' }, headers),
      await post('/absent/cancel', { reason: 'x' }, headers),
    ];
    expect([first.status, second.status]).toEqual([404, 404]);
    expect(second.headers.get('content-type')).toContain('application/problem+json');
    expect(await second.json()).toEqual(await first.json());
  });

  it('is refused with another request', async () => {
    await post('', deployableDocument, { 'idempotency-key': 'mine' });
    const response = await post('', `${deployableDocument}\n`, { 'idempotency-key': 'mine' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ type: '/docs#key-reused' });
  });

  it('of several at once lets one through; the others hear that it is still handled, or its reply', async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, () => post('?environment=staging', deployableDocument, { 'idempotency-key': 'race' })),
    );
    const statuses = all.map(({ status }) => status);
    expect(statuses).toContain(202);
    expect(statuses.every((status) => status === 202 || status === 409)).toBe(true);
    expect(new Set(all.map(({ headers }) => headers.get('location')).filter((each) => each !== null)).size).toBe(1);
  });

  it.each(['', 'x'.repeat(201)])('has to have a length', async (key) => {
    expect((await post('?environment=staging', deployableDocument, { 'idempotency-key': key })).status).toBe(422);
  });

  it('makes one command of a repeated one, also when the first reply was never kept', async () => {
    await api.record(watched({ id: 'twice', second: 100 }).events);
    await post('/twice/rollback', { reason: 'customers complain' }, { 'idempotency-key': 'r1' });
    await api.platform.pool.query('DELETE FROM backstay.idempotency_keys');
    const again = await post('/twice/rollback', { reason: 'customers complain' }, { 'idempotency-key': 'r1' });
    expect(again.status).toBe(202);
    expect((await typesOf('twice')).filter((type) => type === 'RollbackTriggered')).toHaveLength(1);
  });
});

describe('a rollback', () => {
  it('of what runs begins on the same deployment, with reason and name', async () => {
    await api.record(watched({ id: 'running', second: 200 }).events);
    const response = await post('/running/rollback', { reason: 'customers complain' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/deployments/running');
    expect(await response.json()).toMatchObject({
      id: 'running',
      status: 'rolling-back',
      reason: 'customers complain',
    });
  });

  it('asked for twice is one', async () => {
    expect((await post('/running/rollback', { reason: 'again' })).status).toBe(202);
    expect((await typesOf('running')).filter((type) => type === 'RollbackTriggered')).toHaveLength(1);
  });

  it('before anything was changed is a cancellation', async () => {
    await api.record(planned({ id: 'early', second: 300 }).events);
    expect(await jsonOf(post('/early/rollback', { reason: 'not today' }))).toMatchObject({ status: 'cancelled' });
  });

  it('of what succeeded and still runs is a new deployment of kind rollback', async () => {
    await api.record(success({ id: 'live', second: 400 }).events);
    await environmentHas(...claimAndSettle('live', '1.2.0'));
    const response = await post('/live/rollback', { reason: 'customers complain' });
    expect(response.status).toBe(202);
    const summary = await jsonOf(response);
    expect(summary).toMatchObject({ kind: 'rollback', status: 'planning', environment: 'production' });
    expect(summary['id']).not.toBe('live');
    expect(response.headers.get('location')).toBe(`/v1/deployments/${String(summary['id'])}`);
    const [event] = await api.platform.store.read(`deployment-${String(summary['id'])}`);
    expect(event?.data).toMatchObject({
      of: 'live',
      kind: 'rollback',
      request: { reason: 'customers complain', plan: { service: 'orders-api' } },
    });
  });

  it('of what has just succeeded need not wait until its environment has heard of it', async () => {
    await api.record(success({ id: 'fresh', second: 450 }).events);
    await environmentHas({ type: 'ClaimEnvironment', deployment: 'fresh', at: secondsIn(0) });
    expect(await jsonOf(post('/fresh/rollback', { reason: 'at once' }))).toMatchObject({ kind: 'rollback' });
    await environmentHas(...claimAndSettle('fresh', '1.2.0'));
  });

  it('of what runs no longer names what does', async () => {
    await api.record(success({ id: 'gone', second: 500 }).events);
    await environmentHas(...claimAndSettle('newer', '1.3.0'));
    const response = await post('/gone/rollback', { reason: 'too late' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'not-running',
      detail: expect.stringContaining('version 1.3.0 of deployment newer'),
      details: { running: { version: '1.3.0' } },
    });
  });

  describe('that restores a backup', () => {
    const backup = exampleStep('pre.9', 'Back up', {
      kind: 'backup',
      engine: 'postgresql',
      urls: ['${DATABASE_URL}'],
    });
    const restoring = { kind: 'restore', engine: 'postgresql', step: 'pre.9', dataLossMs: null } as const;
    const { steps, rollback } = examplePlan();
    const planAccepting = (dataLossMs: number) =>
      examplePlan({
        steps: [backup, ...steps],
        rollback: { ...rollback, dataLossMs, steps: [exampleStep('rollback.1', 'Restore', restoring)] },
      });
    const minute = 60_000;
    const takenAt = new Date(Date.now() - 9 * minute).toISOString();
    const endings = { ...goodSteps, 'pre.9': { result: { files: [{ file: 'pre.9.dump', takenAt }] } } };

    it('says which one of when, and how much is lost by it, in its reply', async () => {
      const plan = planAccepting(15 * minute);
      await api.record(watched({ id: 'w-1', second: 700, plan }, endings).events);
      const expected = {
        restores: [{ step: 'rollback.1', backup: 'pre.9', takenAt, acceptedMs: 15 * minute, restored: false }],
      };
      expect(await jsonOf(post('/w-1/rollback', { reason: 'it is slow' }))).toMatchObject(expected);
      await api.record(success({ id: 's-1', second: 800, plan }, endings).events);
      await environmentHas(...claimAndSettle('s-1', '1.2.0'));
      const reply = await jsonOf(post('/s-1/rollback', { reason: 'it is slow' }));
      expect(reply).toMatchObject({ kind: 'rollback', ...expected });
      const [{ dataLossMs }] = reply['restores'] as unknown as [{ dataLossMs: number }];
      expect(dataLossMs).toBeGreaterThanOrEqual(9 * minute);
    });

    it('is noticed also by whoever has the plan already', async () => {
      const trigger = { kind: 'manual' as const, text: 'it is slow', line: null, by: 'operator' };
      const scenario = watched({ id: 'w-3', second: 1100, plan: planAccepting(15 * minute) }, endings);
      scenario.when((at) => ({ type: 'TriggerRollback', trigger, reason: 'it is slow', at }));
      const known = scenario.events.length;
      await api.record(scenario.events);
      const etag = (await api.get('/v1/deployments/w-3/plan')).headers.get('etag') ?? '';
      const again = () => api.get('/v1/deployments/w-3/plan', { 'if-none-match': etag });
      expect((await again()).status).toBe(304);
      await api.record(undone(scenario).events.slice(known));
      expect(await jsonOf(again())).toMatchObject({ restores: [{ step: 'rollback.1', backup: 'pre.9' }] });
    });

    it('says where it leaves it, as nothing that is recorded changed the database, in its reply and its plan', async () => {
      const unchanged = exampleStep('rollback.1', 'Restore', { ...restoring, when: 'changed' });
      const plan = examplePlan({
        steps: [backup, ...steps],
        rollback: { ...rollback, dataLossMs: 0, steps: [unchanged] },
      });
      await api.record(watched({ id: 'w-4', second: 1200, plan }, endings).events);
      const reason = 'nothing that is recorded changed the database since the backup of pre.9';
      const expected = { notRestored: [{ step: 'rollback.1', backup: 'pre.9', reason }] };
      const stated = await jsonOf(post('/w-4/rollback', { reason: 'it is slow' }));
      expect(stated).toMatchObject(expected);
      expect(stated).not.toHaveProperty('restores');
      const other = watched({ id: 'w-5', second: 1300, plan }, endings);
      const trigger = { kind: 'manual' as const, text: 'it is slow', line: null, by: 'operator' };
      other.when((at) => ({ type: 'TriggerRollback', trigger, reason: 'it is slow', at }));
      await api.record(undone(other).events);
      expect(await jsonOf(api.get('/v1/deployments/w-5/plan'))).toMatchObject(expected);
    });

    it('that would lose more than is accepted is refused by name, and nothing begins', async () => {
      const plan = planAccepting(5 * minute);
      await api.record(watched({ id: 'w-2', second: 900, plan }, endings).events);
      await api.record(success({ id: 's-2', second: 1000, plan }, endings).events);
      await environmentHas(...claimAndSettle('s-2', '1.2.0'));
      const before = await countOfEvents();
      for (const id of ['w-2', 's-2']) {
        const response = await post(`/${id}/rollback`, { reason: 'it is slow' });
        expect(response.status).toBe(409);
        expect(await response.json()).toMatchObject({
          code: 'data-loss',
          detail: expect.stringContaining(`the backup of pre.9 from ${takenAt}`),
          details: { restores: [{ acceptedMs: 5 * minute }] },
        });
      }
      expect(await countOfEvents()).toBe(before);
    });
  });

  it('of what is rolled back already names what runs', async () => {
    await api.record(rolledBackManually({ id: 'done', second: 600 }).events);
    expect((await post('/done/rollback', { reason: 'again' })).status).toBe(409);
  });

  it.each([undefined, {}, { reason: '' }, { reason: '   ' }, { reason: 7 }, { reason: 'x', force: true }])(
    'asks for a reason and nothing else: %j',
    async (body) => {
      const response = await post('/live/rollback', body);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ pointer: expect.stringMatching(/^#/) }] });
    },
  );
});

describe('a cancellation', () => {
  it('before a change ends the deployment', async () => {
    await api.record(planned({ id: 'unwanted', second: 700 }).events);
    const response = await post('/unwanted/cancel', { reason: 'wrong version' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'cancelled', reason: 'wrong version' });
  });

  it('after a change is a rollback', async () => {
    await api.record(watched({ id: 'changed', second: 800 }).events);
    expect(await jsonOf(post('/changed/cancel', { reason: 'wrong version' }))).toMatchObject({
      status: 'rolling-back',
    });
  });

  it('of what has ended is refused with the rejection of the aggregate', async () => {
    await api.record(success({ id: 'over', second: 900 }).events);
    const response = await post('/over/cancel', { reason: 'wrong version' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      type: '/docs#rejection',
      code: 'ended',
      details: { status: 'succeeded' },
    });
  });
});

describe('a person’s confirmation', () => {
  const manual = { kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty: 'tech-writer' } };

  it.each([
    ['number', 160],
    ['text', '160'],
  ])('confirms the line of a criterion, given as %s', async (form, item) => {
    const id = `worded-${form}`;
    const plan = examplePlan({ acceptanceCriteria: [{ text: 'The handbook is right', line: 160, rule: manual }] });
    await api.record(drafted({ id, plan, second: 1_000 }).events);
    expect((await post(`/${id}/confirm`, { item, reason: 'read it' })).status).toBe(202);
    const { criteria } = await jsonOf(api.get(`/v1/deployments/${id}/acceptance-criteria`));
    expect(criteria).toMatchObject([{ line: 160, verdict: 'met' }]);
  });

  it('on a line that is not a criterion is refused', async () => {
    const response = await post('/worded-number/confirm', { item: 1, reason: 'read it' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'no-such-criterion' });
  });

  it('confirms the manual step that is waited for', async () => {
    const step = { ...examplePlan().steps[0]!, action: manual };
    const plan = examplePlan({ steps: [step, ...examplePlan().steps.slice(1)] });
    await api.record(heldForPerson({ id: 'waits', plan, second: 1_200 }).events);
    expect(await jsonOf(post('/waits/confirm', { item: step.id, reason: 'read it' }))).toMatchObject({
      status: 'executing',
      steps: { done: 1 },
    });
    expect((await post('/waits/confirm', { item: step.id, reason: 'read it again' })).status).toBe(202);
    expect((await typesOf('waits')).filter((type) => type === 'StepConfirmed')).toHaveLength(1);
  });

  it('on a step that no person does is refused, also when it is done', async () => {
    await api.record(executed({ id: 'done-itself', second: 1_250 }).events);
    const before = await typesOf('done-itself');
    const response = await post('/done-itself/confirm', { item: 'deploy.1', reason: 'seen' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ type: '/docs#rejection', code: 'not-manual' });
    expect(await typesOf('done-itself')).toEqual(before);
  });

  it('resolves a step whose end nobody knows', async () => {
    await api.record(doubtful({ id: 'doubtful', second: 1_300 }).events);
    const response = await post('/doubtful/steps/pre.1/resolve', { outcome: 'retry', reason: 'looked at it' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'executing' });
    expect((await typesOf('doubtful')).slice(-2)).toEqual(['StepResolved', 'DeploymentReleased']);
  });

  it('on what nobody waits for is refused', async () => {
    expect((await post('/doubtful/steps/deploy.1/resolve', { outcome: 'retry', reason: 'again' })).status).toBe(409);
    expect((await post('/doubtful/confirm', { item: 'pre.2', reason: 'again' })).status).toBe(409);
  });

  it.each([
    ['/doubtful/steps/pre.1/resolve', { outcome: 'shrug', reason: 'x' }],
    ['/doubtful/steps/pre.1/resolve', { outcome: 'retry' }],
    ['/doubtful/confirm', { reason: 'x' }],
    ['/doubtful/confirm', { item: 0, reason: 'x' }],
    ['/doubtful/confirm', { item: 'pre.1' }],
  ])('has to be complete: %s %j', async (path, body) => {
    expect((await post(path, body)).status).toBe(422);
  });
});

describe('every command', () => {
  it.each(['/rollback', '/cancel', '/confirm', '/steps/pre.1/resolve'])(
    '%s on an absent deployment is absent',
    async (path) => {
      const body =
        path === '/confirm'
          ? { item: 1, reason: 'x' }
          : path.endsWith('resolve')
            ? { outcome: 'retry', reason: 'x' }
            : { reason: 'x' };
      expect((await post(`/absent${path}`, body)).status).toBe(404);
    },
  );

  it('leaves a chain of hashes behind that is intact', async () => {
    await api.record(requested({ id: 'chained', second: 1_400 }).events);
    await post('/chained/cancel', { reason: 'checked' });
    const events = await api.platform.store.read('deployment-chained');
    expect(events.at(-1)).toMatchObject({ version: 2, causation: events[0]?.id, correlation: 'chained' });
  });
});
