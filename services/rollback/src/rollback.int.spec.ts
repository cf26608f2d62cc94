import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream, type ReleaseRef } from '@backstay/deployment';
import type { Plan, Step } from '@backstay/document';
import { activate, configure, place, serviceState, stopService } from '@backstay/deployers';
import { backup } from '@backstay/database';
import { backupPath } from '@backstay/steps';
import { probeCommand, runCommand } from '@backstay/hosts';
import { eventually, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { connect, workLease, type Pool } from '@backstay/postgres';
import { rollbackReserveOf } from '@backstay/service-kit';
import { planOf, recordOf, run, step, world } from './rollback.test-support.ts';

const here = world();

const file = (name: string) => join(here.dataDir, name);
const lines = (name: string) => readFileSync(file(name), 'utf8').trim().split('\n');
const undo = (text: string): Step['undo'] => ({
  kind: 'run',
  shell: true,
  commands: [{ text, argv: ['sh', '-c', text] }],
});
const ended = ({ status }: { status: string }) =>
  status.startsWith('rolled-back') || ['rollback-failed', 'halted'].includes(status);
const at = () => new Date().toISOString();

describe('an undo', () => {
  it('takes completed steps back in inverse order, and says that nothing ran before', async () => {
    const steps = [
      run('deploy.1', 'true', { undo: undo(`echo one >> ${file('undone')}`) }),
      run('deploy.2', 'true', { undo: undo(`echo two >> ${file('undone')}`) }),
      run('deploy.3', 'true', { undo: undo(`echo three >> ${file('undone')}`) }),
    ];
    const id = await here.planned(planOf(steps));
    await here.perform(id, 'deploy.1');
    await here.perform(id, 'deploy.2');
    await here.send(id, {
      type: 'CompleteStep',
      step: 'deploy.3',
      attempt: 1,
      token: 1,
      host: 'here',
      outcome: { status: 'interrupted', reason: 'ended' },
      at: at(),
    });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(state.status).toBe('rolled-back-unverified');
    expect(lines('undone')).toEqual(['two', 'one']);
  });

  it('ends by name when a command of it fails', async () => {
    const id = await here.planned(planOf([run('deploy.1', 'true', { undo: undo('echo no >&2; exit 4') })]));
    await here.perform(id, 'deploy.1');
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(state).toMatchObject({
      status: 'rollback-failed',
      reason: expect.stringContaining('observed exit 4; it said: no'),
    });
  });
});

describe('the reserve for a rollback', () => {
  it('is freed when the rollback begins, before anything is taken back', async () => {
    const reserved = file('reserves/mine');
    const id = await here.planned(planOf([run('deploy.1', 'true', { undo: undo(`test ! -e ${reserved}`) })]), {
      id: 'mine',
    });
    await rollbackReserveOf(here.platform).take(id);
    expect(existsSync(reserved)).toBe(true);
    await here.perform(id, 'deploy.1');
    await here.trigger(id);
    await here.start();
    expect((await here.until(id, ended)).status).toBe('rolled-back-unverified');
  });
});

describe('an undo whose supervisor is lost', () => {
  /** Its first run ends its own supervisor and goes on without it. */
  const losing = (name: string) =>
    undo(
      `echo begun >> ${file(name)}; if mkdir ${file(name)}.lost; then kill -9 $PPID; sleep 60; echo late >> ${file(name)}; fi; echo done >> ${file(name)}`,
    );

  const rolledBack = async (name: string, effect: Step['effect']) => {
    const id = await here.planned(planOf([run('deploy.1', 'true', { effect, undo: losing(name) })]));
    await here.perform(id, 'deploy.1');
    await here.trigger(id);
    await here.start();
    return id;
  };

  it.each(['keyed', 'idempotent'] as const)(
    'is run again where it is %s, when what it left has ended',
    async (effect) => {
      const id = await rolledBack(`lost-${effect}`, effect);
      const state = await here.until(id, ended);
      expect(state.status).toBe('rolled-back-unverified');
      expect(lines(`lost-${effect}`)).toEqual(['begun', 'begun', 'done']);
      const types = (await here.types(id)).filter((type) => type.startsWith('Step')).slice(-4);
      expect(types).toEqual(['StepStarted', 'StepUnknown', 'StepStarted', 'StepSucceeded']);
    },
  );

  it('is held with its name where it may not be run twice, until a person says what became of it', async () => {
    const id = await rolledBack('lost-once', 'reattachable');
    const state = await here.until(id, ({ status }) => status === 'held');
    expect(state).toMatchObject({
      hold: { code: 'unknown-outcome', step: 'rollback.1', why: expect.stringContaining('rollback.1') },
    });
    expect(lines('lost-once')).toEqual(['begun']);
    const resolved = { step: 'rollback.1', outcome: 'completed', by: 'an operator', reason: 'seen' } as const;
    await here.send(id, { type: 'ResolveStep', ...resolved, at: at() });
    expect((await here.until(id, ended)).status).toBe('rolled-back-unverified');
    expect(lines('lost-once')).toEqual(['begun']);
  });
});

describe('quiet', () => {
  const left = async () => {
    const id = await here.planned(planOf([run('deploy.1', `touch ${file('begun')}; sleep 60`)]));
    await here.send(id, { type: 'BeginStep', step: 'deploy.1', token: 3, host: 'here', at: at() });
    const name = { directory: here.dataDir, key: `${id}/deploy.1` };
    const text = `touch ${file(id)}; sleep 60`;
    const running = runCommand({
      ...name,
      attempt: 1,
      token: 3,
      commands: [{ text, argv: ['sh', '-c', text] }],
      cwd: here.dataDir,
      timeoutMs: 60_000,
    });
    await eventually(() => existsSync(file(id)));
    return { id, name, running };
  };

  it('is made where the process that runs it is lost: the command is ended before anything is undone', async () => {
    const { id, name, running } = await left();
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(recordOf(state, 'deploy.1')?.status).toBe('interrupted');
    expect(probeCommand(name).status).toBe('ended');
    expect(await running).toMatchObject({ status: 'interrupted' });
    const events = (await here.events(id)).map(({ type }) => type);
    expect(events.indexOf('StepInterrupted')).toBeLessThan(events.indexOf('RollbackPlanned'));
  });

  it('is left to a process that lives', async () => {
    const { id, name, running } = await left();
    const lease = await here.platform.leases.take({
      name: workLease('execution', deploymentStream(id)),
      atLeastToken: 3,
    });
    await here.trigger(id);
    await here.start();
    await here.until(id, ({ status }) => status === 'rolling-back');
    await eventually(
      async () => (await here.platform.liveLeases.holderOf(workLease('rollback', deploymentStream(id)))) === null,
    );
    expect(probeCommand(name).status).toBe('running');
    await lease?.release();
    await here.until(id, ended);
    expect(await running).toMatchObject({ status: 'interrupted' });
  });

  it('cannot be made of what another machine began', async () => {
    const id = await here.planned(planOf([run('deploy.1', 'sleep 60')]));
    await here.send(id, { type: 'BeginStep', step: 'deploy.1', token: 1, host: 'elsewhere', at: at() });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(recordOf(state, 'deploy.1')?.status).toBe('unknown');
  });
});

const server = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const version = readFileSync(new URL('VERSION', import.meta.url), 'utf8');
createServer((request, response) => response.end(JSON.stringify({ version, greeting: process.env.GREETING }))).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a switch back', () => {
  const freePort = () =>
    new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });

  /** Two releases below one root, of which the second is current. */
  const serviceAt = async (name: string) => {
    const root = file(name);
    mkdirSync(root);
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const delivery = {
      deployer: 'release',
      hosts: ['local'],
      root,
      start: { text: 'node server.mjs', argv: [process.execPath, 'server.mjs'] },
      ready: { method: 'GET', path: '/health' },
      keepReleases: 3,
    };
    const put = async (version: string, token: number, deployment: string) => {
      const source = file(`${name}-${version}`);
      mkdirSync(source);
      writeFileSync(join(source, 'server.mjs'), server);
      writeFileSync(join(source, 'VERSION'), version);
      const commit = commitOf(version);
      const { name: release } = await place({ root, token, source, version, commit });
      await configure({ root, token, release, deployment, environment: { PORT: String(port), GREETING: deployment } });
      await activate({
        root,
        token,
        release,
        start: delivery.start.argv,
        ready: { url: baseUrl, allow: ['127.0.0.1:*'] },
        timeoutMs: 15_000,
      });
      return release;
    };
    const served = async () => (await fetch(baseUrl)).json() as Promise<{ version: string }>;
    return { root, baseUrl, delivery, put, served };
  };
  const commitOf = (version: string) => version.replaceAll('.', '').padEnd(40, 'a');
  const versionCheck = (title: string): Plan['healthChecks'][number] => ({
    title,
    check: { kind: 'version', request: { method: 'GET', path: '/version' }, jsonPath: '$.version' },
    origin: 'document',
    source: { line: 50 },
  });
  const deployer: Step['undo'] = { kind: 'deployer', parts: ['place'] };
  const steps = [
    step('deploy.1', { kind: 'deploy', deployer: 'release', parts: ['place'] }, { undo: deployer }),
    step('deploy.2', { kind: 'deploy', deployer: 'release', parts: ['configure'] }, { undo: deployer }),
    step('deploy.3', { kind: 'deploy', deployer: 'release', parts: ['activate'] }, { undo: deployer }),
  ];

  it('serves what ran before, proven by the checks of its own deployment', async () => {
    const { root, baseUrl, delivery, put, served } = await serviceAt('orders');
    const one = await here.planned(
      planOf([run('deploy.1', 'true')], {
        version: '1.0.0',
        baseUrl,
        healthChecks: [versionCheck('Version as it was')],
      }),
    );
    await here.perform(one, 'deploy.1');
    await here.send(one, {
      type: 'RecordChecks',
      purpose: 'verification',
      token: 1,
      results: [{ kind: 'health-check', title: 'x', passed: true, line: 1, attempts: 1, observed: {} }],
      at: at(),
    });
    const running: ReleaseRef = {
      version: '1.0.0',
      commit: commitOf('1.0.0'),
      release: await put('1.0.0', 1, one),
      deployment: one,
    };
    const plan = planOf([...steps, run('deploy.4', 'true', { undo: undo(`touch ${file('taken-back')}`) })], {
      baseUrl,
      delivery,
      commit: commitOf('2.0.0'),
    });
    const id = await here.planned(plan, { claim: { running, verifiedGood: running } });
    const release = await put('2.0.0', 2_000_001, id);
    for (const { id: name } of plan.steps) await here.perform(id, name, name === 'deploy.4' ? {} : { release });
    expect(await served()).toMatchObject({ version: '2.0.0' });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(state).toMatchObject({ status: 'rolled-back-verified', running });
    expect(await served()).toEqual({ version: '1.0.0', greeting: one });
    expect(existsSync(file('taken-back'))).toBe(true);
    const events = await here.events(id);
    expect(events.find(({ type }) => type === 'RollbackPlanned')?.data).toMatchObject({ checks: { from: one } });
    expect(events.find(({ type }) => type === 'HealthCheckPassed')?.data).toMatchObject({
      title: 'Version as it was',
      purpose: 'restoration',
    });
    await stopService({ root, token: Number.MAX_SAFE_INTEGER });
  });

  it('of a service that does not say its version is seen by the release from which its process runs', async () => {
    const { root, baseUrl, delivery, put, served } = await serviceAt('silent');
    const health: Plan['healthChecks'][number] = {
      title: 'Application health',
      check: { kind: 'request', request: { method: 'GET', path: '/health' } },
      origin: 'document',
      source: { line: 50 },
    };
    const release = await put('1.0.0', 1, 'before');
    const running: ReleaseRef = { version: '1.0.0', commit: commitOf('1.0.0'), release, deployment: null };
    const plan = planOf(steps, { baseUrl, delivery, commit: commitOf('2.0.0'), healthChecks: [health] });
    const id = await here.planned(plan, { claim: { running, verifiedGood: running } });
    const own = await put('2.0.0', 2_000_001, id);
    for (const { id: name } of plan.steps) await here.perform(id, name, { release: own });
    await here.trigger(id);
    await here.start();
    expect(await here.until(id, ended)).toMatchObject({ status: 'rolled-back-verified', running });
    expect(await served()).toEqual({ version: '1.0.0', greeting: 'before' });
    expect((await here.events(id)).find(({ type }) => type === 'HealthCheckPassed')?.data).toMatchObject({
      title: 'Application health',
      purpose: 'restoration',
      observed: { release },
    });
    await stopService({ root, token: Number.MAX_SAFE_INTEGER });
  });

  it.skipIf(process.getuid?.() !== 0)('starts what ran before as the user of the profile', async () => {
    const { root, baseUrl, delivery, put, served } = await serviceAt('as-nobody');
    chmodSync(here.dataDir, 0o711);
    const release = await put('1.0.0', 1, 'before');
    const running: ReleaseRef = { version: '1.0.0', commit: commitOf('1.0.0'), release, deployment: null };
    const plan = planOf(steps, { baseUrl, delivery, commit: commitOf('2.0.0'), runAs: 'nobody' });
    const id = await here.planned(plan, { claim: { running, verifiedGood: running } });
    const own = await put('2.0.0', 2_000_001, id);
    for (const { id: name } of plan.steps) await here.perform(id, name, { release: own });
    await here.trigger(id);
    await here.start();
    await here.until(id, ended);
    expect(await served()).toEqual({ version: '1.0.0', greeting: 'before' });
    const { pid } = await serviceState({ root });
    expect(statSync(`/proc/${pid}`).uid).toBe(65534);
    await stopService({ root, token: Number.MAX_SAFE_INTEGER });
  });

  it('records the version that is served, not the one that was to be restored, where commands left another', async () => {
    const service = createHttpServer((_, response) => response.end('{"version":"2.2.0"}'));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const running: ReleaseRef = { version: '2.1.0', commit: null, release: null, deployment: null };
    const plan = planOf([run('deploy.1', 'true')], {
      version: '2.2.0',
      baseUrl,
      healthChecks: [versionCheck('Version')],
    });
    const id = await here.planned(plan, { claim: { running, verifiedGood: running } });
    await here.perform(id, 'deploy.1');
    await here.trigger(id);
    await here.start();
    expect(await here.until(id, ended)).toMatchObject({
      status: 'rolled-back-unverified',
      running: { version: '2.2.0', deployment: id },
      verifiedGood: null,
    });
    const [rolledBack] = (await here.events(id)).filter(({ type }) => type === 'DeploymentRolledBack');
    expect(rolledBack?.data).toMatchObject({ unverified: 'Version: serves 2.2.0, not 2.1.0' });
    service.close();
  });

  it('follows the list of the document, and notifies the team', async () => {
    const { root, baseUrl, delivery, put, served } = await serviceAt('adopted');
    const running: ReleaseRef = {
      version: '1.0.0',
      commit: commitOf('1.0.0'),
      release: await put('1.0.0', 1, 'adopted'),
      deployment: null,
    };
    const list = [
      step('rollback.1', { kind: 'revert', part: 'stop-new' }),
      step('rollback.2', { kind: 'revert', part: 'previous-version' }),
      step('rollback.3', { kind: 'revert', part: 'restart' }),
      step('rollback.4', { kind: 'section', section: 'health-checks' }),
      step('rollback.5', { kind: 'notify', channel: 'team', about: 'rollback' }),
    ];
    const rollback = { triggers: [], steps: list, timeoutMs: 60_000, dataLossMs: null };
    const plan = planOf(steps, {
      baseUrl,
      delivery,
      commit: commitOf('2.0.0'),
      rollback,
      channels: { team: 'log' },
      healthChecks: [versionCheck('Version')],
    });
    const id = await here.planned(plan, { claim: { running, verifiedGood: running } });
    const release = await put('2.0.0', 2_000_001, id);
    for (const { id: name } of plan.steps) await here.perform(id, name, { release });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(state.status).toBe('rolled-back-verified');
    expect(await served()).toMatchObject({ version: '1.0.0' });
    const done = (await here.events(id)).filter(
      ({ type, data }) => type === 'StepSucceeded' && (data as { step: string }).step.startsWith('rollback.'),
    );
    expect(done.map(({ data }) => (data as { result?: unknown }).result)).toEqual([
      { stopped: true },
      { current: running.release },
      { current: running.release, restarted: true, durationMs: expect.any(Number) },
      undefined,
      { delivered: true, channel: 'team', detail: 'written to the log' },
    ]);
    await stopService({ root, token: Number.MAX_SAFE_INTEGER });
  });
});

describe('a restore', () => {
  let orders: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    orders = await testDatabase();
    pool = connect({ url: orders.url, max: 1, applicationName: 'orders' });
    process.env['STAGING__DATABASE_URL'] = orders.url;
    await pool.query('create table orders (id int)');
  });
  afterAll(async () => {
    await pool.end();
    await orders.drop();
  });

  /** One order was there when the backup was taken, and one came after it. */
  const deployed = async (dataLossMs: number | null, before: readonly Step[] = [], ...others: string[]) =>
    deployedWith(['${DATABASE_URL}', ...others.map(() => '${DATABASE_URL}')], { dataLossMs, before, others });
  const deployedWith = async (
    urls: string[],
    {
      dataLossMs = 600_000 as number | null,
      before = [] as readonly Step[],
      others = [] as string[],
      when = {},
      changes = {},
    },
  ) => {
    await pool.query('truncate orders');
    await pool.query('insert into orders values (1)');
    const environmentVariables = [
      { name: 'DATABASE_URL', from: 'provided' as const, hint: 'a URL', source: { line: 7 } },
    ];
    const restoring = { kind: 'restore', engine: 'postgresql', step: 'pre.1', dataLossMs: null, ...when } as const;
    const list = [...before, step('rollback.9', restoring)];
    const backingUp = step('pre.1', { kind: 'backup', engine: 'postgresql', urls });
    const plan = planOf([backingUp, run('deploy.1', 'true', changes)], {
      environmentVariables,
      rollback: { triggers: [], steps: list, timeoutMs: 60_000, dataLossMs },
    });
    const id = await here.planned(plan);
    const { path: _path, ...made } = await backup({
      url: orders.url,
      into: backupPath(here.dataDir, id, 'pre.1', null),
    });
    const files = (urls[0] === '${DATABASE_URL}' ? ['pre.1.dump', ...others] : [...others, 'pre.1.dump']).map(
      (file) => ({ file, ...made }),
    );
    await here.perform(id, 'pre.1', { files });
    await here.perform(id, 'deploy.1');
    await pool.query('insert into orders values (2)');
    return id;
  };
  const rolledBack = async (id: string) => {
    await here.trigger(id);
    await here.start();
    return here.until(id, ended);
  };
  const ids = async () =>
    (await pool.query<{ id: number }>('select id from orders order by id')).rows.map(({ id }) => id);

  it('that nobody has accepted the loss of data for halts before anything is taken back', async () => {
    const state = await rolledBack(await deployed(null));
    expect(state).toMatchObject({ status: 'halted', reason: expect.stringContaining('nothing is accepted') });
    expect(await ids()).toEqual([1, 2]);
  });

  it('that would lose more than is accepted halts before anything is taken back', async () => {
    const id = await deployed(0);
    const state = await rolledBack(id);
    expect(state).toMatchObject({ status: 'halted', reason: expect.stringContaining('the backup of pre.1 from') });
    expect(await ids()).toEqual([1, 2]);
    expect((await here.events(id)).filter(({ type }) => type === 'RollbackPlanned')).toEqual([]);
  });

  it('is not done when the time went by while the rollback came to it', async () => {
    const wait = step('rollback.1', { kind: 'wait', ms: 8_500 });
    const state = await rolledBack(await deployed(8_000, [wait]));
    expect(state).toMatchObject({ status: 'rollback-failed', reason: expect.stringContaining('would be lost') });
    expect(await ids()).toEqual([1, 2]);
  });

  it('of which only the first database could be put back fails, and records what is lost and gone there', async () => {
    const id = await deployed(600_000, [], 'gone.dump');
    await pool.query('create table vouchers (id int)');
    const state = await rolledBack(id);
    expect(state).toMatchObject({
      status: 'rollback-failed',
      reason: expect.stringMatching(/databases put back: 1 of 2; .*gone\.dump is not there/),
    });
    expect(await ids()).toEqual([1]);
    expect(recordOf(state, 'rollback.1')?.result).toMatchObject({
      dataLossMs: expect.any(Number),
      restored: [{ file: 'pre.1.dump', dropped: ['table public.vouchers'] }],
    });
  });

  it('of which nothing that is recorded changed any database is skipped, and the database stays as it is', async () => {
    const id = await deployedWith(['${DATABASE_URL}'], { dataLossMs: null, when: { when: 'changed' } });
    const state = await rolledBack(id);
    expect(state.status).toBe('rolled-back-unverified');
    expect(await ids()).toEqual([1, 2]);
    const skipped = (await here.events(id)).find(({ type }) => type === 'StepSkipped');
    expect(skipped?.data).toMatchObject({
      step: 'rollback.1',
      reason: expect.stringContaining('nothing that is recorded'),
    });
  });

  it('puts back those of several databases that were changed, and does not touch the others', async () => {
    const changes = { changesDatabase: ['${DATABASE_URL}'] };
    const urls = ['postgres://127.0.0.1:1/untouched', '${DATABASE_URL}'];
    const id = await deployedWith(urls, { others: ['untouched.dump'], when: { when: 'changed' }, changes });
    const state = await rolledBack(id);
    expect(await ids()).toEqual([1]);
    expect(recordOf(state, 'rollback.1')).toMatchObject({
      status: 'succeeded',
      result: { restored: [{ file: 'pre.1.dump', tables: 1 }] },
    });
  });

  it('makes the database what it was, and records what was lost and what is gone, before and after', async () => {
    const id = await deployed(600_000);
    await pool.query('create table coupons (id int)');
    const state = await rolledBack(id);
    expect(state.status).toBe('rolled-back-unverified');
    expect(await ids()).toEqual([1]);
    expect(recordOf(state, 'rollback.1')?.result).toMatchObject({
      dataLossMs: expect.any(Number),
      from: 'pre.1',
      takenAt: expect.any(String),
      restored: [{ file: 'pre.1.dump', tables: 1, dropped: ['table public.coupons'], droppedCount: 1 }],
    });
    const planned = (await here.events(id)).find(({ type }) => type === 'RollbackPlanned');
    expect(planned?.data).toMatchObject({ restores: [{ step: 'rollback.1', backup: 'pre.1', acceptedMs: 600_000 }] });
    await pool.query('create table coupons (id int); drop table coupons');
  });
});

describe('a succeeded deployment', () => {
  it('is taken back by another one, where it was done', async () => {
    const plan = planOf([run('deploy.1', 'true', { undo: undo(`pwd > ${file('where')}`) })]);
    const original = await here.planned(plan, { request: { workspace: 'orders' } });
    await here.perform(original, 'deploy.1');
    await here.send(original, { type: 'RecordChecks', purpose: 'verification', token: 1, results: [], at: at() });
    const succeeded = await here.until(original, ({ status }) => status === 'succeeded');
    const { steps, rollbackPoint } = succeeded as Extract<typeof succeeded, { status: 'succeeded' }>;
    if (rollbackPoint === null) throw new Error('it has no rollback point');
    const id = await here.takenBack(plan, { deployment: original, rollbackPoint, steps });
    await here.start();
    const state = await here.until(id, ended);
    expect(state.status).toBe('rolled-back-unverified');
    expect(lines('where')).toEqual([join(here.dataDir, 'workspaces', 'orders', 'source')]);
  });
});
