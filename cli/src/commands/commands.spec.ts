import { describe, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { examplePlan } from '@backstay/projections/testing';
import { held, auditEntry, id, summary } from '../testing/entries.test-support.ts';
import { problem, withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay, inFolder, type ExternalServices } from '../testing/world.test-support.ts';

/** Runs a command against a platform that has these routes, and returns what the platform was asked. */
const against = (routes: Routes, argv: readonly string[], externalServices: ExternalServices = {}) =>
  withPlatform(routes, async ({ url, asked }) => ({
    ...(await backstay([...argv, '--url', url], externalServices)),
    asked: asked.map(({ method, url: target, body }) => [`${method} ${target}`, body]),
    headers: asked.at(-1)?.headers ?? {},
  }));

const deployment = `/v1/deployments/${id}`;

describe('backstay status', () => {
  it('reports versions, status, steps and reason', async () => {
    const { code, out } = await against({ [`GET ${deployment}`]: { body: summary({ reason: 'because' }) } }, [
      'status',
      id,
    ]);
    expect(code).toBe(0);
    expect(out).toContain(`notes-api 1.1.0 → 1.2.0  production  ${id}  by ci (claimed)`);
    expect(out).toMatch(/steps +1 of 2\nreason +because/);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { out } = await against({ [`GET ${deployment}`]: { body: summary() } }, ['status', id, '--json']);
    expect(JSON.parse(out)).toEqual(summary());
    expect(out.split('\n')).toHaveLength(2);
  });

  it('sends the token, of the option before that of the variable', async () => {
    const routes = { [`GET ${deployment}`]: { body: summary() } };
    const env = { BACKSTAY_TOKEN: 'from-variable' };
    expect((await against(routes, ['status', id], { env })).headers.authorization).toBe('Bearer from-variable');
    expect((await against(routes, ['status', id, '--token', 'given'], { env })).headers.authorization).toBe(
      'Bearer given',
    );
  });

  it('says of a hold for whom, until when and which command ends it', async () => {
    const waiting = held({
      why: 'restart (deploy.4) waits for on-call',
      duty: 'on-call',
      until: '2026-03-01T20:00:00.000Z',
      ends: [`backstay confirm ${id} deploy.4 --reason …`],
    });
    const routes = {
      [`GET ${deployment}`]: { body: summary({ status: 'held', held: waiting }) },
      [`GET ${deployment}/why`]: { body: { status: 'held', sentence: '', chain: [] } },
    };
    const { out } = await against(routes, ['status', id]);
    expect(out).toMatch(/held +restart \(deploy\.4\) waits for on-call\n +until 2026-03-0[12] .* at the latest\n/);
    expect(out).toContain(`backstay confirm ${id} deploy.4 --reason …`);
  });

  it('reports up to ten problems of what was rejected, with their lines, and what it was about', async () => {
    const problems = Array.from({ length: 12 }, (_, index) => ({
      line: 10 + index,
      column: 3,
      severity: 'error' as const,
      code: 'x',
      message: `problem ${index}`,
    }));
    const link = {
      eventId: 'a',
      type: 'DeploymentRejected',
      time: '2026-03-01T12:00:00Z',
      summary: 'rejected',
      because: null,
    };
    const rejected = summary({
      service: null,
      version: null,
      previousVersion: null,
      status: 'rejected',
      problemCount: 12,
    });
    const routes = {
      [`GET ${deployment}`]: { body: rejected },
      [`GET ${deployment}/why`]: { body: { status: 'rejected', sentence: 's', chain: [{ ...link, problems }] } },
    };
    for (const verb of ['status', 'why']) {
      const { out } = await against(routes, [verb, id]);
      expect(out).toContain('error 10:3: problem 0 [x]\n');
      expect(out).toContain('error 19:3: problem 9 [x]\n');
      expect(out).not.toContain('problem 10');
      expect(out).toContain('… and 2 more');
    }
    expect((await against(routes, ['status', id])).out).toContain('a request with 12 problems  production');
  });

  it('names the command that shows what a failed step wrote', async () => {
    const link = {
      eventId: 'a',
      type: 'StepFailed',
      time: '2026-03-01T12:00:00Z',
      summary: 'step deploy.3 failed',
      because: null,
    };
    const routes = {
      [`GET ${deployment}`]: { body: summary({ status: 'failed' }) },
      [`GET ${deployment}/why`]: {
        body: { status: 'failed', sentence: 's', chain: [{ ...link, output: 'deploy.3' }] },
      },
    };
    for (const verb of ['status', 'why'])
      expect((await against(routes, [verb, id])).out).toContain(`backstay output ${id} deploy.3`);
  });

  it('names with a deployment the one that took it back, and with that one what it goes back to', async () => {
    const routes = { [`GET ${deployment}`]: { body: summary({ status: 'succeeded', rolledBackBy: 'back-1' }) } };
    expect((await against(routes, ['status', id])).out).toContain('deployment back-1 rolled it back');
    const back = summary({ kind: 'rollback', of: 'd0', previousVersion: '1.1.0', version: null });
    const { out } = await against({ [`GET ${deployment}`]: { body: back } }, ['status', id]);
    expect(out).toContain('notes-api 1.1.0 → nothing');
    expect(out).toContain('takes back deployment d0');
  });

  it('cannot be made to write control characters to the terminal', async () => {
    const routes = { [`GET ${deployment}`]: { body: summary({ reason: 'a\u001b[2Jb' }) } };
    expect((await against(routes, ['status', id])).out).toContain('a\ufffd[2Jb');
  });
});

describe('backstay list', () => {
  it('asks with the filters and shows a line for each', async () => {
    const routes = {
      'GET /v1/deployments': { body: { deployments: [summary(), summary({ status: 'succeeded' })], next: null } },
    };
    const { out, asked } = await against(routes, [
      'list',
      '--service',
      'notes-api',
      '--status',
      'held',
      '--release',
      '1.2.0',
      '-n',
      '10',
    ]);
    expect(asked).toEqual([['GET /v1/deployments?service=notes-api&status=held&version=1.2.0&limit=10', undefined]]);
    expect(out).toMatch(/● executing +notes-api 1\.1\.0 → 1\.2\.0 +production[^]*✔ succeeded/);
  });

  it('reports what was taken back, and by whom', async () => {
    const deployments = [summary({ status: 'succeeded', rolledBackBy: 'back-1' })];
    const { out } = await against({ 'GET /v1/deployments': { body: { deployments } } }, ['list']);
    expect(out).toContain('rolled back by back-1');
  });

  it('follows the pages until it has enough', async () => {
    const page = (_asked: unknown, before: number) => ({
      headers: { link: '</v1/deployments?cursor=abc&limit=2>; rel="next"' },
      body: { deployments: [summary({ id: `${before}-a` }), summary({ id: `${before}-b` })] },
    });
    const { out, asked } = await against({ 'GET /v1/deployments': page }, ['list', '-n', '3', '--json']);
    const { deployments } = JSON.parse(out) as { deployments: { id: string }[] };
    expect(deployments.map((each) => each.id)).toEqual(['0-a', '0-b', '1-a']);
    expect(asked.map(([request]) => request)).toEqual([
      'GET /v1/deployments?limit=3',
      'GET /v1/deployments?cursor=abc&limit=2',
    ]);
  });

  it('says what to run when there is none', async () => {
    const { out } = await against({ 'GET /v1/deployments': { body: { deployments: [] } } }, ['list']);
    expect(out).toContain('backstay deploy FILE');
  });
});

describe('backstay why, audit and criteria', () => {
  it('report the sentence and the chain, the newest first', async () => {
    const chain = [
      {
        eventId: 'b',
        type: 'DeploymentRolledBack',
        time: '2026-03-01T12:00:09Z',
        summary: 'version 1.1.0 is restored',
        because: 'a',
      },
      {
        eventId: 'a',
        type: 'DegradationDetected',
        time: '2026-03-01T12:00:05Z',
        summary: 'error rate was 9.8 %',
        because: null,
      },
    ];
    const body = { status: 'rolled-back-verified', sentence: 'rolled back because error rate was 9.8 %', chain };
    const { code, out } = await against({ [`GET ${deployment}/why`]: { body } }, ['why', id]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /↶ rolled back, verified\nrolled back because[^]*version 1\.1\.0 is restored[^]*↳ because error rate was 9\.8 %/,
    );
  });

  it('list every event, as of an earlier time too', async () => {
    const routes = {
      [`GET ${deployment}/audit-trail`]: {
        body: {
          entries: [auditEntry('StepStarted'), { ...auditEntry('StepFailed'), by: 'ci (claimed)' }],
          intact: true,
          firstBroken: null,
        },
      },
    };
    const { code, out, asked } = await against(routes, ['audit', id, '--as-of', '12']);
    expect(asked[0]?.[0]).toBe(`GET ${deployment}/audit-trail?asOf=12`);
    expect(out).toMatch(
      /StepStarted +execution +StepStarted happened\n.*StepFailed +ci \(claimed\) +StepFailed happened\n✔ audit intact/,
    );
    expect(code).toBe(0);
  });

  it('report where the chain of hashes breaks, and fail', async () => {
    const trail = {
      entries: [auditEntry('StepStarted')],
      intact: false,
      firstBroken: { version: 7, eventId: 'event-7' },
    };
    const pruned = [auditEntry('PruningStarted')];
    const routes = {
      [`GET ${deployment}/audit-trail`]: { body: trail },
      [`GET ${deployment}/pruned`]: { body: { entries: pruned } },
    };
    const printed = await against(routes, ['audit', id]);
    expect([printed.code, printed.out]).toEqual([
      1,
      expect.stringMatching(
        /StepStarted happened\n✖ audit not intact: the hash of version 7 \(event-7\) [^]*\nremoved since by housekeeping:\n.*PruningStarted happened\n/,
      ),
    ]);
    const asJson = await against(routes, ['audit', id, '--json']);
    expect([asJson.code, JSON.parse(asJson.out)]).toEqual([1, { ...trail, pruned }]);
  });

  it('report each criterion with verdict, reason and evidence', async () => {
    const criteria = [
      {
        text: 'Smoke tests passed in production',
        line: 150,
        verdict: 'met',
        reason: 'all passed',
        evidence: [{ eventId: 'e1', summary: 'verification passed' }],
      },
      {
        text: 'Team notified of deployment',
        line: 147,
        verdict: 'unmet',
        reason: 'no delivery is recorded',
        evidence: [],
      },
    ];
    const { out } = await against({ [`GET ${deployment}/acceptance-criteria`]: { body: { criteria } } }, [
      'criteria',
      id,
    ]);
    expect(out).toMatch(
      /✔ met {5}Smoke tests passed in production \(line 150\)\n +all passed\n +verification passed {2}\[e1\]/,
    );
    expect(out).toMatch(/✖ unmet {3}Team notified[^]*1 of 2 met\n$/);
  });
});

describe('what people decide', () => {
  const accepted = { status: 202, body: summary() };

  it.each<[string[], string, object]>([
    [['rollback', id, '--reason', 'it is slow'], 'rollback', { reason: 'it is slow' }],
    [['cancel', id, '--reason', 'not today'], 'cancel', { reason: 'not today' }],
    [['confirm', id, '147', '--reason', 'agreed'], 'confirm', { item: 147, reason: 'agreed' }],
    [['confirm', id, 'pre.4', '--reason', 'agreed'], 'confirm', { item: 'pre.4', reason: 'agreed' }],
    [
      ['resolve', id, 'deploy.3', '--outcome', 'retry', '--reason', 'looked'],
      'steps/deploy.3/resolve',
      { outcome: 'retry', reason: 'looked' },
    ],
  ])('%j is posted', async (argv, path, body) => {
    const { code, asked, headers } = await against({ [`POST ${deployment}/${path}`]: accepted }, argv);
    expect(code).toBe(0);
    expect(asked).toEqual([[`POST ${deployment}/${path}`, body]]);
    expect(headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    [['rollback', id]],
    [['cancel', id]],
    [['confirm', id, '147']],
    [['resolve', id, 'deploy.3', '--reason', 'x']],
  ])('%j without its reason or outcome is a usage error, and nothing is asked', async (argv) => {
    const { code, asked, err } = await against({}, argv);
    expect([code, asked]).toEqual([2, []]);
    expect(err).toContain('required option');
  });

  it('names the deployment that rolls back a succeeded one', async () => {
    const routes = {
      [`POST ${deployment}/rollback`]: { ...accepted, headers: { location: '/v1/deployments/another' } },
    };
    expect((await against(routes, ['rollback', id, '--reason', 'x'])).out).toContain('backstay watch another');
  });

  it('reports which backup a rollback restores and what is lost by it, when it is asked for and in its status', async () => {
    const restores = [
      {
        step: 'rollback.1',
        backup: 'pre.3',
        takenAt: '2026-03-01T11:50:00.000Z',
        dataLossMs: 540_000,
        acceptedMs: 900_000,
        restored: false,
        dropped: [],
        droppedCount: 0,
      },
    ];
    const asked = { [`POST ${deployment}/rollback`]: { status: 202, body: summary({ restores }) } };
    const { out } = await against(asked, ['rollback', id, '--reason', 'x']);
    expect(out).toContain('restores the backup of pre.3 from');
    expect(out).toContain('the writes of 9m00s and more since then are lost by it (accepted are 15m00s)');
    const done = [{ ...restores[0]!, restored: true, dropped: ['table public.coupons'], droppedCount: 2 }];
    const known = { [`GET ${deployment}`]: { status: 200, body: summary({ restores: done }) } };
    const printed = (await against(known, ['status', id])).out;
    expect(printed).toContain('the writes of 9m00s since then are lost');
    expect(printed).toContain('as made since then: table public.coupons, and 1 more');
  });

  it('reports which backup a rollback leaves where it is, and why, when it is asked for and in its status', async () => {
    const reason = 'nothing that is recorded changed the database since the backup of pre.3';
    const notRestored = [{ step: 'rollback.1', backup: 'pre.3', reason }];
    const asked = { [`POST ${deployment}/rollback`]: { status: 202, body: summary({ notRestored }) } };
    const sentence = `not restored the backup of pre.3: ${reason}`;
    expect((await against(asked, ['rollback', id, '--reason', 'x'])).out).toContain(sentence);
    const databases = ['${ORDERS_URL}'];
    const known = {
      [`GET ${deployment}`]: { status: 200, body: summary({ notRestored: [{ ...notRestored[0]!, databases }] }) },
    };
    expect((await against(known, ['status', id])).out).toContain(`the backup of \${ORDERS_URL} in pre.3: ${reason}`);
  });

  it('reports what runs now when there is nothing to roll back', async () => {
    const routes = {
      [`POST ${deployment}/rollback`]: problem(409, 'Not possible as things stand', {
        detail: 'production runs 1.3.0',
      }),
    };
    const { code, err } = await against(routes, ['rollback', id, '--reason', 'x']);
    expect([code, err]).toEqual([6, 'backstay: Not possible as things stand: production runs 1.3.0\n']);
  });
});

describe('backstay deploy', () => {
  const posted = { status: 202, headers: { location: deployment }, body: summary() };

  const deploy = (routes: Routes, more: readonly string[], file = 'deploy.md', text = '# Deployment: notes-api') =>
    inFolder(async (directory) => {
      await writeFile(join(directory, file), text);
      return against(routes, ['deploy', file, ...more], { directory });
    });

  it('posts the document with what is known beside it', async () => {
    const more = ['-e', 'production', '--requested-by', 'ci', '--label', 'run=8812', '--key', 'run-8812'];
    const { code, out, asked, headers } = await deploy({ 'POST /v1/deployments': posted }, more);
    expect(code).toBe(0);
    expect(out).toContain(`accepted as ${id}`);
    const body = {
      document: '# Deployment: notes-api',
      environment: 'production',
      requestedBy: 'ci',
      labels: { run: '8812' },
    };
    expect(asked).toEqual([['POST /v1/deployments', body]]);
    expect(headers['idempotency-key']).toBe('run-8812');
  });

  it('posts each override with its reason', async () => {
    const more = ['--override', 'unknown-running=looked: 1.3.0 serves', '--override', 'rollback-target=a=b'];
    const { asked } = await deploy({ 'POST /v1/deployments': posted }, more);
    const overrides = [
      { code: 'unknown-running', reason: 'looked: 1.3.0 serves' },
      { code: 'rollback-target', reason: 'a=b' },
    ];
    expect(asked).toEqual([['POST /v1/deployments', { document: '# Deployment: notes-api', overrides }]]);
  });

  it('posts a plan from JSON, also what `backstay plan --json` printed', async () => {
    const plan = examplePlan();
    for (const text of [{ digest: 'sha256:ab', plan, blockers: [] }, plan].map((each) => JSON.stringify(each))) {
      const { asked } = await deploy({ 'POST /v1/deployments': posted }, [], 'plan.json', text);
      expect(asked).toEqual([['POST /v1/deployments', { plan: JSON.parse(JSON.stringify(plan)) }]]);
    }
  });

  it('reports every problem that the platform finds in the document', async () => {
    const errors = [
      { detail: 'Scope is missing', line: 1, column: 1, code: 'missing-section' },
      { detail: 'no such step', line: 9, column: 4, code: 'unknown-step', suggestion: 'Restart services' },
    ];
    const refused = problem(422, 'The document has problems', { type: '/docs#invalid-document', errors });
    const { code, err } = await deploy({ 'POST /v1/deployments': refused }, []);
    expect(code).toBe(5);
    expect(err).toContain('1:1: error[missing-section]: Scope is missing');
    expect(err).toContain('9:4: error[unknown-step]: no such step\n  write: Restart services');
  });

  it('prints the problem as JSON with --json', async () => {
    const refused = problem(403, 'Not allowed', { type: '/docs#forbidden', detail: 'this needs the role operator' });
    const { code, out } = await deploy({ 'POST /v1/deployments': refused }, ['--json']);
    expect(code).toBe(6);
    expect(JSON.parse(out)).toMatchObject({
      title: 'Not allowed',
      status: 403,
      detail: 'this needs the role operator',
    });
  });

  it('watches to the end with --watch, and its exit code shows the end', async () => {
    const ended = summary({ status: 'rolled-back-verified', phase: 'rollback' });
    const { code, out } = await deploy(
      {
        'POST /v1/deployments': posted,
        [`GET ${deployment}`]: { body: ended },
        [`GET ${deployment}/audit-trail`]: { body: { entries: [auditEntry('DeploymentRolledBack')] } },
        [`GET ${deployment}/measurements`]: { body: { metrics: [] } },
        [`GET ${deployment}/why`]: { body: { status: ended.status, sentence: 'rolled back because', chain: [] } },
      },
      ['--watch'],
    );
    expect(code).toBe(3);
    expect(out).toContain('DeploymentRolledBack happened');
    expect(out).toContain('Why: rolled back because');
  });
});

describe('backstay adopt', () => {
  const path = '/v1/services/notes-api/environments/production';
  const view = (changes: object) => ({
    service: 'notes-api',
    environment: 'production',
    running: null,
    verifiedGood: null,
    adoption: { pending: null, refused: null },
    ...changes,
  });
  const argv = ['adopt', 'notes-api', '1.0.0', '-e', 'production'];
  const pending = view({ adoption: { pending: { version: '1.0.0' }, refused: null } });

  it('waits until the checks have passed', async () => {
    const replies = [
      problem(404, 'Not found'),
      { body: pending },
      { body: view({ verifiedGood: { version: '1.0.0' } }) },
    ];
    const routes = {
      [`GET ${path}`]: (_: unknown, before: number) => replies[before]!,
      [`POST ${path}/adopt`]: { status: 202, body: pending },
    };
    const { code, out } = await against(routes, argv);
    expect([code, out]).toEqual([
      0,
      'notes-api 1.0.0 in production: it runs there; it was checked and is recorded as verified-good\n',
    ]);
  });

  it('reports why it is refused, and not why an earlier one was', async () => {
    const refusal = (at: string, reason: string) =>
      view({ adoption: { pending: null, refused: { version: '1.0.0', reasons: [reason], at } } });
    const replies = [
      refusal('2026-01-01T00:00:00Z', 'it was down'),
      refusal('2026-01-01T00:00:00Z', 'it was down'),
      refusal('2026-03-01T00:00:00Z', 'it serves 0.9.0'),
    ];
    const routes = {
      [`GET ${path}`]: (_: unknown, before: number) => ({ body: replies[before] }),
      [`POST ${path}/adopt`]: { status: 202, body: pending },
    };
    const { code, err } = await against(routes, argv);
    expect([code, err]).toEqual([6, 'backstay: 1.0.0 was not adopted: it serves 0.9.0\n']);
  });
});

describe('a platform that is not there', () => {
  it.each([[['status', id]], [['list']], [['watch', id]], [['why', id]], [['cancel', id, '--reason', 'x']]])(
    '%j ends with 8',
    async (argv) => {
      const { code, err } = await backstay([...argv, '--url', 'http://127.0.0.1:1']);
      expect(code).toBe(8);
      expect(err).toContain('backstay dev');
    },
  );

  it('is printed as JSON with --json', async () => {
    const { code, out } = await backstay(['list', '--json', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(8);
    expect(JSON.parse(out)).toMatchObject({ title: 'the platform is not reachable' });
  });

  it('may also be something else on that port', async () => {
    const { code, err } = await against(
      { 'GET /v1/deployments': { headers: { 'content-type': 'text/html' }, body: '<html>' } },
      ['list'],
    );
    expect(code).toBe(8);
    expect(err).toContain('not Backstay');
  });
});

describe('the command line', () => {
  it.each([
    [[]],
    [['no-such-command']],
    [['status']],
    [['list', '--limit', 'many']],
    [['status', 'a', '--no-such-option']],
  ])('%j is a usage error', async (argv) => {
    const { code, out } = await backstay(argv);
    expect([code, out]).toEqual([2, '']);
  });

  it.each([['--help'], ['--version'], ['help']])('%s prints to standard output', async (argument) => {
    const { code, out } = await backstay([argument]);
    expect(code).toBe(0);
    expect(out).not.toBe('');
  });

  it('reports every exit code in its help', async () => {
    const { out } = await backstay(['--help']);
    for (const digit of '012345678') expect(out).toMatch(new RegExp(`^ {2}${digit} {2}`, 'm'));
  });

  const colored = (env: NodeJS.ProcessEnv, more: readonly string[] = []) =>
    against({ [`GET ${deployment}`]: { body: summary() } }, ['status', id, ...more], {
      env,
      terminal: { columns: 80, rows: 24 },
    });

  it('uses colours on a terminal, and not with NO_COLOR, --no-color or --json', async () => {
    expect((await colored({})).out).toContain('\u001b[');
    expect((await colored({ NO_COLOR: '1' })).out).not.toContain('\u001b[');
    expect((await colored({}, ['--no-color'])).out).not.toContain('\u001b[');
    expect((await colored({}, ['--json'])).out).not.toContain('\u001b[');
    expect((await against({ [`GET ${deployment}`]: { body: summary() } }, ['status', id])).out).not.toContain(
      '\u001b[',
    );
  });
});

describe('backstay output', () => {
  const path = `GET ${deployment}/steps/deploy.3/output`;
  const headers = { 'content-type': 'text/plain', 'backstay-attempt': '2', 'backstay-complete': 'false' };

  it('shows what a step wrote, and says when that is not all', async () => {
    const { code, out, err } = await against({ [path]: { headers, body: 'one\ntwo\n' } }, ['output', id, 'deploy.3']);
    expect([code, out]).toEqual([0, 'one\ntwo\n']);
    expect(err).toContain('attempt 2: only the end');
  });

  it('reports it as one JSON document', async () => {
    const { out } = await against({ [path]: { headers, body: 'one\n' } }, ['output', id, 'deploy.3', '--json']);
    expect(JSON.parse(out)).toEqual({ step: 'deploy.3', attempt: 2, complete: false, text: 'one\n' });
  });

  it('is a mistake of whoever asks for a step that is not there', async () => {
    expect((await against({}, ['output', id, 'deploy.3'])).code).toBe(2);
  });
});

describe('an id that several deployments begin with', () => {
  it('is a mistake, reported with all of them', async () => {
    const errors = [
      { parameter: 'id', detail: 'abcdef1  notes-api' },
      { parameter: 'id', detail: 'abcdef2  notes-web' },
    ];
    const refusal = problem(409, 'Several deployments have an id that begins like this', {
      type: '/docs#ambiguous-id',
      errors,
    });
    const { code, err } = await against({ 'GET /v1/deployments/abcdef': refusal }, ['status', 'abcdef']);
    expect(code).toBe(2);
    expect(err).toMatch(/abcdef1 {2}notes-api[^]*abcdef2 {2}notes-web/);
  });
});

describe('what the platform refuses', () => {
  const timesIn = (text: string, part: string): number => text.split(part).length - 1;
  const list = 'GET /v1/deployments';
  const expected = 'expected a time as in RFC 3339, not “x”';

  it.each([
    ['one', [{ parameter: 'since', detail: expected }], expected, ['the request, since: error: ']],
    [
      'several',
      [
        { parameter: 'since', detail: expected },
        { parameter: 'status', detail: 'expected planning or held, not “green”' },
      ],
      `2 problems; the first: ${expected}`,
      ['the request, since: error: ', 'the request, status: error: '],
    ],
  ])('of a query has each problem printed once: %s', async (_, errors, detail, places) => {
    const refused = problem(400, 'The query has problems', { type: '/docs#invalid-query', detail, errors });
    const { err } = await against({ [list]: refused }, ['list', '--since', 'x']);
    expect(err).toMatch(/^backstay: The query has problems\n/);
    for (const each of errors) expect(timesIn(err, each.detail)).toBe(1);
    for (const place of places) expect(err).toContain(place);
  });

  it('of a body has each problem printed once, with its place', async () => {
    const detail = '“until” is not known here; expected reason';
    const errors = [{ pointer: '#/until', detail }];
    const refused = problem(422, 'The request has problems', { type: '/docs#invalid-request', detail, errors });
    const { err } = await against({ [`POST ${deployment}/cancel`]: refused }, ['cancel', id, '--reason', 'a']);
    expect(err).toBe(`backstay: The request has problems\nthe request#/until: error: ${detail}\n\n`);
  });

  it('of a document has each problem printed once, at its line', async () => {
    const detail = 'there is no such section';
    const errors = [{ line: 2, column: 1, severity: 'error', code: 'x', detail }];
    const refused = problem(422, 'The document has problems', { type: '/docs#invalid-document', detail, errors });
    await inFolder(async (directory) => {
      await writeFile(join(directory, 'd.md'), '# Deployment: a 1.0.0\n## Nothing\n');
      const { err } = await against({ 'POST /v1/deployments': refused }, ['deploy', 'd.md'], { directory });
      expect(err).toMatch(/^backstay: The document has problems\nd\.md:2:1: error/);
      expect(timesIn(err, detail)).toBe(1);
    });
  });

  it('as it stands now has its reason printed', async () => {
    const refused = problem(409, 'Refused as things stand', { type: '/docs#rejection', detail: 'it has ended' });
    const { err } = await against({ [`POST ${deployment}/cancel`]: refused }, ['cancel', id, '--reason', 'a']);
    expect(err).toBe('backstay: Refused as things stand: it has ended\n');
  });
});
