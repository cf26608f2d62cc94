import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deploymentStream } from '@backstay/deployment';
import type { Evidence, Step } from '@backstay/document';
import { localServer, type Handler } from '@backstay/guarded-io/testing';
import { eventually, smallDisk } from '@backstay/local-platform/testing';
import { workLease } from '@backstay/postgres';
import { planOf, recordOf, run, step, world } from './execution.test-support.ts';

const here = world();

const fileAt = (name: string) => join(here.dataDir, name);
const lines = (name: string) => readFileSync(fileAt(name), 'utf8').trim().split('\n');

/** A repository whose only commit touches this file. */
function repositoryTouching(file: string): { repository: string; commit: string } {
  const repository = join(here.dataDir, 'repository');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
    });
  mkdirSync(repository);
  git('init', '--quiet');
  writeFileSync(join(repository, file), 'one');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  return { repository, commit: git('rev-parse', 'HEAD').trim() };
}

const trigger = { kind: 'manual', text: 'it looks bad', line: null, by: 'an operator' } as const;
const rollBack = (id: string) =>
  here.send(id, { type: 'TriggerRollback', trigger, reason: 'it looks bad', at: new Date().toISOString() });

describe('a full data disk', () => {
  const disk = smallDisk(mkdtempSync(join(tmpdir(), 'backstay-full-')), 16);
  const disks = disk === null ? [] : [disk];
  afterAll(() => disk?.remove());

  it.each(disks)('fails no step: it is tried again, and goes on when there is space', async (full) => {
    const id = await here.planned(planOf([run('deploy.1', `echo ran >> ${fileAt('space')}`)]));
    symlinkSync(full.path, join(here.dataDir, 'commands'));
    try {
      await here.start();
      await here.until(id, (state) => recordOf(state, 'deploy.1')?.status === 'running');
      const lease = workLease('execution', deploymentStream(id));
      await eventually(async () => (await here.platform.liveLeases.holderOf(lease)) === null, 'the try is over');
      expect(recordOf(await here.state(id), 'deploy.1')?.status).toBe('running');
      expect(existsSync(fileAt('space'))).toBe(false);
      full.resize(64 * 1024);
      await here.until(id, ({ status }) => status === 'verifying');
      expect(lines('space')).toEqual(['ran']);
      expect(await here.types(id)).not.toEqual(expect.arrayContaining(['StepFailed']));
      expect(await here.types(id)).not.toEqual(expect.arrayContaining(['DeploymentHeld']));
    } finally {
      rmSync(join(here.dataDir, 'commands'));
    }
  });
});

describe('the reserve for a rollback', () => {
  it('is taken before the first step', async () => {
    const id = await here.planned(planOf([run('deploy.1', `ls -s ${fileAt('reserves')}`)]));
    await here.start();
    await here.until(id, ({ status }) => status === 'verifying');
    const success = (await here.events(id)).find(({ type }) => type === 'StepSucceeded');
    expect(success?.data).toMatchObject({ output: { tail: expect.stringContaining(id) } });
  });
});

describe('a plan of commands', () => {
  it('is performed from its first step to its last, after what ran before was recorded', async () => {
    const running = { version: '1.0.0', commit: null, release: null, deployment: 'earlier' };
    const id = await here.planned(
      planOf([run('pre.1', 'echo one'), run('deploy.1', 'echo "$VERSION after $ROLLBACK_VERSION as $STEP_KEY"')]),
      { claim: { running, verifiedGood: running } },
    );
    const runner = await here.start();
    const state = await here.until(id, ({ status }) => status === 'verifying');
    await runner.stop();
    const recorded = await here.events(id);
    expect(recorded.map(({ type }) => type).slice(-6)).toEqual([
      'RollbackPointCaptured',
      'StepStarted',
      'StepSucceeded',
      'StepStarted',
      'StepSucceeded',
      'ExecutionCompleted',
    ]);
    expect(recorded.find(({ type }) => type === 'RollbackPointCaptured')?.data).toMatchObject({
      target: running,
      backupStep: null,
    });
    expect(recordOf(state, 'deploy.1')?.result).toMatchObject({ exitCode: 0 });
    const output = recorded.findLast(({ type }) => type === 'StepSucceeded')?.data as {
      output: { tail: string; sha256: string };
    };
    expect(output.output.tail).toBe(`2.0.0 after 1.0.0 as ${id}/deploy.1\n`);
    expect((await here.platform.blobs.get(output.output.sha256))?.toString()).toBe(output.output.tail);
  });

  it('stops at what is not as expected, with the last words of the command and no secret', async () => {
    process.env['API_TOKEN'] = 's3cr3t-token';
    const secrets = [{ title: 'API tokens', names: ['API_TOKEN'], origin: 'document' as const, source: { line: 5 } }];
    const id = await here.planned(
      planOf([run('pre.1', 'echo "refused $API_TOKEN"; exit 3', { mutates: false })], { secrets }),
    );
    const runner = await here.start();
    await here.until(id, ({ status }) => status === 'failed');
    await runner.stop();
    const failure = (await here.events(id)).find(({ type }) => type === 'StepFailed');
    expect(failure?.data).toMatchObject({ reason: 'expected exit 0, observed exit 3; it said: refused ***' });
    expect(JSON.stringify(await here.events(id))).not.toContain('s3cr3t-token');
  });

  it('refuses a secret in an argument list', async () => {
    process.env['API_TOKEN'] = 's3cr3t-token';
    const secrets = [{ title: 'API tokens', names: ['API_TOKEN'], origin: 'document' as const, source: { line: 5 } }];
    const commands = [{ text: 'echo ${API_TOKEN}', argv: ['echo', '${API_TOKEN}'] }];
    const id = await here.planned(
      planOf([step('pre.1', { kind: 'run', shell: false, commands }, { mutates: false })], { secrets }),
    );
    const runner = await here.start();
    const state = await here.until(id, ({ status }) => status === 'failed');
    await runner.stop();
    expect(state).toMatchObject({ reason: expect.stringContaining('would be seen in the argument list') });
  });

  it('waits for what a step waits for', async () => {
    const text = `echo look >> ${fileAt('looks')}; test $(wc -l < ${fileAt('looks')}) -ge 2`;
    const command = { text, argv: ['sh', '-c', text] };
    const id = await here.planned(
      planOf([run('deploy.1', 'echo begun', { waitUntil: { command, withinMs: 10_000 } })]),
    );
    const runner = await here.start();
    await here.until(id, ({ status }) => status === 'verifying');
    await runner.stop();
    expect(lines('looks')).toEqual(['look', 'look']);
  });

  it('goes on after the process that ran it was lost: the command ran once', async () => {
    const id = await here.planned(
      planOf([
        run(
          'deploy.1',
          `echo begun >> ${fileAt('once')}; while [ ! -e ${fileAt('go')} ]; do sleep 0.1; done; echo done >> ${fileAt('once')}`,
        ),
      ]),
    );
    const lost = await here.start();
    await eventually(() => existsSync(fileAt('once')));
    await lost.stop();
    expect(recordOf(await here.state(id), 'deploy.1')?.status).toBe('running');
    const successor = await here.start();
    await here.until(id, (state) => recordOf(state, 'deploy.1')?.token === 2);
    writeFileSync(fileAt('go'), '');
    await here.until(id, ({ status }) => status === 'verifying');
    await successor.stop();
    expect(lines('once')).toEqual(['begun', 'done']);
    expect((await here.events(id)).map(({ type }) => type)).toContain('StepResumed');
  });

  it('ends a running command when a rollback is triggered', async () => {
    const id = await here.planned(
      planOf([run('deploy.1', `echo begun >> ${fileAt('ended')}; sleep 60; echo late >> ${fileAt('ended')}`)]),
    );
    const runner = await here.start();
    await eventually(() => existsSync(fileAt('ended')));
    await rollBack(id);
    const state = await here.until(id, (present) => recordOf(present, 'deploy.1')?.status === 'interrupted');
    await runner.stop();
    expect(state.status).toBe('rolling-back');
    expect(lines('ended')).toEqual(['begun']);
  });

  it('ends what the lost process left running when a rollback is triggered meanwhile', async () => {
    const id = await here.planned(
      planOf([run('deploy.1', `echo begun >> ${fileAt('left')}; sleep 60; echo late >> ${fileAt('left')}`)]),
    );
    const lost = await here.start();
    await eventually(() => existsSync(fileAt('left')));
    await lost.stop();
    await rollBack(id);
    const successor = await here.start();
    const state = await here.until(id, (present) => recordOf(present, 'deploy.1')?.status !== 'running');
    await successor.stop();
    expect(recordOf(state, 'deploy.1')?.status).toBe('interrupted');
    expect(lines('left')).toEqual(['begun']);
  });
});

describe('other steps', () => {
  it('hold for a person, notify the team, pause and judge documentation', async () => {
    const documentation = [
      {
        text: 'runbook updated',
        proof: { kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty: 'operator' } },
        origin: 'document' as const,
        source: { line: 40 },
      },
    ];
    const steps = [
      step('pre.1', { kind: 'notify', channel: 'team', about: 'window' }),
      step('pre.2', { kind: 'manual', duty: { verb: 'approved', duty: 'release manager' } }),
      step('pre.3', { kind: 'wait', ms: 50 }),
      step('pre.4', { kind: 'section', section: 'documentation' }, { mutates: false }),
    ];
    const id = await here.planned(planOf(steps, { documentation, channels: { team: 'log' } }));
    const runner = await here.start();
    const held = await here.until(id, ({ status }) => status === 'held');
    expect(held).toMatchObject({ hold: { code: 'manual', step: 'pre.2', duty: 'release manager' } });
    await here.send(id, {
      type: 'ConfirmStep',
      step: 'pre.2',
      by: 'an operator',
      reason: 'seen',
      at: new Date().toISOString(),
    });
    const state = await here.until(id, ({ status }) => status === 'verifying');
    await runner.stop();
    expect(recordOf(state, 'pre.1')?.result).toMatchObject({ delivered: true, channel: 'team' });
    expect(recordOf(state, 'pre.4')?.result).toMatchObject({ documentation: [{ line: 40, verdict: 'manual' }] });
  });

  it('read of a log, whose name a variable gives, what was written since the deployment began', async () => {
    writeFileSync(fileAt('orders-2.0.0.log'), 'panic before\n');
    const files = [`${here.dataDir}/orders-\${VERSION}.log`];
    const plan = planOf(
      [
        run('deploy.1', `echo fine >> '${fileAt('orders-2.0.0.log')}'`),
        step('post.1', { kind: 'evidence', evidence: { reader: 'log', files, patterns: ['panic'], allow: [] } }),
      ],
      { logFolders: [here.dataDir] },
    );
    const id = await here.planned(plan);
    await here.start();
    const ended = async () => (await here.events(id)).filter(({ type }) => /^Step(?:Succeeded|Failed)$/.test(type));
    await eventually(async () => (await ended()).length === 2);
    expect((await ended())[1]?.data).toMatchObject({ result: { evidence: { verdict: 'pass', facts: { lines: 1 } } } });
  });

  it('fail where this version does not support them', async () => {
    const id = await here.planned(
      planOf([
        step('pre.1', { kind: 'restore', engine: 'postgresql', step: 'pre.9', dataLossMs: null }, { mutates: false }),
      ]),
    );
    const runner = await here.start();
    const state = await here.until(id, ({ status }) => status === 'failed');
    await runner.stop();
    expect(state).toMatchObject({ reason: expect.stringContaining('restore is not supported') });
  });
});

describe('a message whose sender is lost before its end is recorded', () => {
  const secrets = { STAGING__PAGER_HOOK: 'http://127.0.0.1:1/hook', STAGING__PAGER_KEY: 'R0UT1NGKEY'.padEnd(32, '0') };
  type Received = { id?: string; dedup_key?: string };

  /** Holds the first message without a reply, as one whose reply is lost. */
  async function receiver() {
    const received: Received[] = [];
    const take: Handler = ({ body }, response) => {
      received.push(JSON.parse(body) as Received);
      if (received.length > 1) response.writeHead(202).end();
    };
    const server = await localServer({ 'POST /hook': take, 'POST /v2/enqueue': take });
    return { ...server, received };
  }

  const marks = {
    'webhook <secret: PAGER_HOOK>': { possiblyRepeated: true },
    'slack <secret: PAGER_HOOK>': { text: expect.stringMatching(/^\(possibly repeated\) /) },
    'pagerduty <secret: PAGER_KEY> at URL': { payload: { custom_details: { possiblyRepeated: true } } },
  };

  it.each(Object.entries(marks))('is sent again with a mark: %s', async (destination, mark) => {
    const { url, received, close } = await receiver();
    Object.assign(process.env, { ...secrets, STAGING__PAGER_HOOK: `${url}/hook` });
    const channels = { 'on-call': destination.replace('URL', url), team: destination.replace('URL', url) };
    const plan = planOf([run('deploy.1', 'false', { onFailure: 'stop', mutates: true })], { channels });
    const id = await here.planned(plan);
    const lost = await here.start();
    await eventually(() => received.length === 1, 'it is sent');
    await lost.stop();
    expect(await here.types(id)).not.toContain('NoticeDelivered');
    const next = await here.start();
    const delivered = await here.event(id, 'NoticeDelivered');
    await next.stop();
    await close();
    expect(delivered).toMatchObject({ channel: 'on-call', possiblyRepeated: true });
    expect(received).toMatchObject([{}, mark]);
    expect(received[0]).not.toMatchObject(mark);
    expect(received[0]?.dedup_key).toBe(received[1]?.dedup_key);
    expect(received[0]?.id).toBe(received[1]?.id);
    expect((await here.types(id)).filter((type) => type === 'NoticeStarted')).toHaveLength(2);
  });

  it('is sent again with a mark by a step that notifies', async () => {
    const { url, received, close } = await receiver();
    const channels = { team: `webhook ${url}/hook` };
    const id = await here.planned(
      planOf([step('pre.1', { kind: 'notify', channel: 'team', about: 'step' })], { channels }),
    );
    const lost = await here.start();
    await eventually(() => received.length === 1, 'it is sent');
    await lost.stop();
    const next = await here.start();
    await here.until(id, ({ status }) => status === 'verifying');
    await next.stop();
    await close();
    expect(received).toMatchObject([{ id: `${id}/pre.1` }, { id: `${id}/pre.1`, possiblyRepeated: true }]);
    expect(received[0]).not.toHaveProperty('possiblyRepeated');
  });
});

describe('a preflight', () => {
  const findingsOf = async (id: string) => {
    const runner = await here.start();
    await here.until(id, (state) => state.status === 'planning' && state.reports.execution !== undefined);
    await runner.stop();
    const report = (await here.events(id)).find(({ type }) => type === 'PreflightReported')?.data as unknown as {
      findings: { code: string; subject: string; ok: boolean; blocking: boolean; message: string }[];
    };
    return report.findings;
  };

  it('reports everything that is missing at once, by name', async () => {
    const source = { line: 7 };
    const plan = planOf([step('pre.1', { kind: 'notify', channel: 'team', about: 'window' })], {
      environmentVariables: [{ name: 'NOWHERE_URL', from: 'provided', hint: 'a URL', source }],
      secrets: [{ title: 'keys', names: ['NOWHERE_KEY'], origin: 'document', source }],
      dependencies: [
        {
          title: 'Database',
          check: { kind: 'postgresql', minimum: '14', url: '${NOWHERE_URL}' },
          origin: 'document',
          source,
        },
        {
          title: 'Queue',
          check: { kind: 'command', command: { text: 'false', argv: ['false'] } },
          origin: 'document',
          source,
        },
        { title: 'users', check: { kind: 'service', service: 'users', range: '>=1.8.0' }, origin: 'document', source },
      ],
    });
    const running = { version: '1.0.0', commit: null, release: null, deployment: null };
    const findings = await findingsOf(await here.claimed(plan, { claim: { running, quarantined: ['2.0.0'] } }));
    const missing = findings.filter(({ ok }) => !ok).map(({ code, subject }) => `${code} ${subject}`);
    expect(missing.sort()).toEqual([
      'channel team',
      'dependency Database',
      'dependency Queue',
      'dependency users',
      'missing-secret NOWHERE_KEY',
      'missing-variable NOWHERE_URL',
      'quarantined 2.0.0',
      'rollback-target rollback target',
    ]);
    expect(findings.find(({ subject }) => subject === 'NOWHERE_KEY')?.message).toMatch(
      /^the secret NOWHERE_KEY is not provided: looked for \w+__NOWHERE_KEY, then NOWHERE_KEY in the environment of/,
    );
  });

  it.each([
    ['a rehearsal', true, true, 'a rehearsal goes back to what ran before, and nothing is recorded to run'],
    ['a first deployment', false, false, 'there is no version to go back to'],
  ])('of %s where nothing runs looks for what a rollback would go to', async (_what, rehearse, blocks, message) => {
    const findings = await findingsOf(await here.claimed(planOf([]), { request: { rehearse } }));
    const found = findings.find(({ code }) => code === 'rollback-target');
    expect(found).toMatchObject({ ok: !blocks, blocking: blocks, message: expect.stringContaining(message) });
  });

  it('looks for the proof that steps will read, and reports what of it is missing', async () => {
    const read = (id: string, glob: string, more: Partial<Step> = {}) =>
      step(id, { kind: 'evidence', evidence: { reader: 'junit', glob } }, more);
    const plan = planOf([
      read('pre.1', 'reports/junit.xml'),
      read('pre.2', 'reports/nice.xml', { onFailure: 'continue' }),
      read('pre.3', 'reports/elsewhere.xml', { onlyIn: ['production'] }),
      run('deploy.1', 'npm test'),
      read('deploy.2', 'reports/made.xml'),
      step('post.1', { kind: 'evidence', evidence: { reader: 'commit-touches', path: 'CHANGELOG.md' } }),
    ]);
    const findings = await findingsOf(await here.claimed(plan));
    expect(findings.filter(({ code }) => code === 'evidence')).toMatchObject([
      { subject: 'reports/junit.xml', ok: false, blocking: true, message: expect.stringContaining('no file') },
      { subject: 'reports/nice.xml', ok: false, blocking: false },
      { subject: 'reports/made.xml', ok: true, message: expect.stringContaining('after step deploy.1') },
      { subject: 'CHANGELOG.md', ok: false, blocking: true, message: expect.stringContaining('not known here') },
    ]);
  });

  const evidence = (id: string, read: Evidence, more: Partial<Step> = {}) =>
    step(id, { kind: 'evidence', evidence: read }, more);
  const bring = (id: string, path: string, content: string) => {
    const file = join(here.dataDir, 'workspaces', id, 'source', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const ofEvidence = async (id: string) => (await findingsOf(id)).filter(({ code }) => code === 'evidence');

  it('asks what is recorded of other deployments, and what responds at a URL, before anything is done', async () => {
    const server = createServer(
      ({ url: asked }, response) => void response.writeHead(asked === '/status' ? 200 : 404).end(),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
    const plan = planOf(
      [
        evidence('pre.1', { reader: 'deployed-in', environment: 'development' }),
        evidence('pre.2', { reader: 'rollback-rehearsed', withinMs: 86_400_000 }, { onFailure: 'continue' }),
        evidence('pre.3', { reader: 'url', url }),
        evidence('pre.4', { reader: 'url', url: `${url}/gone` }),
        run('deploy.1', 'true'),
        evidence('post.1', { reader: 'url', url: `${url}/gone` }),
        evidence('post.2', { reader: 'url', url: 'https://elsewhere.example.com/ok' }),
        evidence('post.3', { reader: 'junit', glob: 'later.xml' }, { retry: { times: 3, everyMs: 10 } }),
      ],
      {
        acceptanceCriteria: [
          {
            text: 'Known in staging',
            line: 400,
            rule: { kind: 'evidence', evidence: { reader: 'deployed-in', environment: 'staging' } },
          },
        ],
      },
    );
    expect(await ofEvidence(await here.claimed(plan))).toMatchObject([
      { subject: 'deployment in development', ok: false, blocking: true },
      { subject: 'rehearsed rollback', ok: false, blocking: false },
      { subject: url, ok: true, message: 'responded with 200' },
      { subject: `${url}/gone`, ok: false, blocking: true, message: 'responded with 404' },
      { subject: `${url}/gone`, ok: true, message: expect.stringContaining('after step deploy.1') },
      {
        subject: 'https://elsewhere.example.com/ok',
        ok: false,
        blocking: true,
        message: "elsewhere.example.com is not in the profile's `allow`",
      },
      { subject: 'later.xml', ok: true, message: expect.stringContaining('is read by step post.3 several times') },
      { subject: 'deployment in staging', ok: false, blocking: false },
    ]);
    await new Promise((done) => server.close(done));
  });

  it('stops before a change what would be stopped after it by a report that is there and fails', async () => {
    const plan = planOf([run('deploy.1', 'true', {}), evidence('post.1', { reader: 'sarif', glob: 'scan.json' })]);
    const copied = planOf([
      step('deploy.1', { kind: 'notify', channel: 'team', about: 'step' }, { mutates: true }),
      evidence('post.1', { reader: 'sarif', glob: 'scan.json' }),
    ]);
    const findings = await Promise.all(
      [plan, copied].map(async (each) => {
        const id = await here.claimed(each);
        bring(id, 'scan.json', '{"metadata":{"vulnerabilities":{"low":0,"moderate":0,"high":1,"critical":0}}}');
        return id;
      }),
    );
    expect(await ofEvidence(findings[0]!)).toMatchObject([
      { ok: true, message: expect.stringContaining('may bring it') },
    ]);
    expect(await ofEvidence(findings[1]!)).toMatchObject([{ ok: false, blocking: true }]);
  });

  it('wants of the documentation, before a change, what its step will want after it', async () => {
    const line = (text: string, path: string, more = {}) => ({
      text,
      proof: { kind: 'evidence' as const, evidence: { reader: 'commit-touches' as const, path } },
      origin: 'document' as const,
      source: { line: 300 },
      ...more,
    });
    const documentation = [
      line('CHANGELOG updated', 'CHANGELOG.md'),
      line('API (if any)', 'docs/api.md', { optional: true }),
    ];
    const update = (more: Partial<Step> = {}) => step('post.1', { kind: 'section', section: 'documentation' }, more);
    const repository = repositoryTouching('README.md');
    const judged = async (...more: Step[]) =>
      ofEvidence(await here.claimed(planOf([run('deploy.1', 'true'), ...more], { documentation, ...repository })));
    const optional = { subject: 'docs/api.md', ok: true, message: expect.stringContaining('does not apply') };
    const missing = { subject: 'CHANGELOG.md', ok: false };
    expect(await judged(update())).toMatchObject([{ ...missing, blocking: true }, optional]);
    expect(await judged(update({ onFailure: 'continue' }))).toMatchObject([{ ...missing, blocking: false }, optional]);
    expect(await judged()).toMatchObject([
      { ...missing, blocking: false, message: expect.not.stringContaining('is there') },
      optional,
    ]);
  });

  it('passes over none of the reports that the request brought', async () => {
    const good = '<testsuite><testcase name="a"/></testsuite>';
    const sha256 = createHash('sha256').update(good).digest('hex');
    const junit = (path: string, more = {}) => ({ kind: 'junit', path, sha256, ...more });
    const plan = planOf([
      evidence('pre.1', { reader: 'junit', glob: 'reports/*.xml' }),
      evidence('pre.2', { reader: 'junit', glob: 'of/${VERSION}.xml' }),
    ]);
    const id = await here.claimed(plan, {
      request: {
        evidence: [
          junit('reports/good.xml'),
          junit('reports/changed.xml'),
          junit('reports/gone.xml'),
          junit('other/unread.xml'),
          junit('of/2.0.0.xml'),
          junit('reports/good.xml', { commit: 'c'.repeat(40) }),
          { kind: 'coverage', path: 'reports/good.xml', sha256 },
          { kind: 'junit', url: 'http://elsewhere.example.com/key/junit.xml?key=hidden', sha256 },
        ],
      },
    });
    bring(id, 'reports/good.xml', good);
    bring(id, 'reports/changed.xml', good.replace('a', 'b'));
    bring(id, 'other/unread.xml', good);
    bring(id, 'of/2.0.0.xml', good);
    const findings = await ofEvidence(id);
    expect(findings[0]).toMatchObject({ subject: 'reports/*.xml', ok: false, blocking: true });
    expect(findings.slice(2).map(({ subject, ok, blocking, message }) => [subject, ok, blocking, message])).toEqual([
      ['reports/good.xml', true, false, expect.stringContaining('nothing ties it to the commit')],
      ['reports/changed.xml', false, true, expect.stringContaining('not what the request described')],
      ['reports/gone.xml', false, true, expect.stringContaining('is not there')],
      ['other/unread.xml', false, false, expect.stringContaining('no evidence of the document reads it')],
      ['of/2.0.0.xml', true, false, expect.stringContaining('nothing ties it to the commit')],
      ['reports/good.xml', false, false, expect.stringContaining('is about commit ccc')],
      ['reports/good.xml', false, false, expect.stringContaining('the kind coverage')],
      ['elsewhere.example.com/…/junit.xml', false, true, expect.stringContaining('allow-list')],
    ]);
    expect(JSON.stringify(findings)).not.toContain('hidden');
  });

  it('looks at what steps and the rollback will ask for: names, hosts and refs', async () => {
    process.env['BLANK_NAME'] = '';
    const request = (id: string, path: string, more = {}) =>
      step(id, { kind: 'request', request: { method: 'POST', path, ...more } });
    const command = (text: string) => ({ text, argv: text.split(' ') });
    const plan = planOf(
      [
        request('deploy.1', 'https://elsewhere.example.com/close', { headers: { from: '${ROLLBACK_VERSION}' } }),
        request('deploy.2', 'http://127.0.0.1:1/${VERSION}/${STEP_KEY}', { body: '{"a":"${COLOUR}"}' }),
        request('deploy.3', 'https://elsewhere.example.com/never', {}),
        step('deploy.4', { kind: 'run', shell: false, commands: [command('deploy ${SIZE} ${SERVICE}')] }),
        run('deploy.5', 'echo ${SHELL_KNOWS}'),
        step('deploy.6', { kind: 'checkout', repository: join(here.dataDir, 'nowhere.git'), ref: 'v1', into: 'tools' }),
      ].map((each) => (each.id === 'deploy.3' ? { ...each, onlyIn: ['production'] } : each)),
      {
        environmentVariables: [{ name: 'BLANK_NAME', from: 'provided', hint: 'a name', source: { line: 7 } }],
        rollback: {
          triggers: [],
          steps: [
            request('rollback.1', 'https://elsewhere.example.com/open'),
            step('rollback.2', { kind: 'run', shell: false, commands: [command('back-to ${ROLLBACK_VERSION}')] }),
          ],
          timeoutMs: 60_000,
          dataLossMs: null,
        },
      },
    );
    const findings = await findingsOf(await here.claimed(plan));
    const failing = findings
      .filter(({ ok }) => !ok)
      .map(({ code, subject, blocking: blocks }) => [code, subject, blocks]);
    expect(failing).toEqual([
      ['missing-variable', 'BLANK_NAME', false],
      ['missing-variable', 'ROLLBACK_VERSION', true],
      ['not-allowed', 'elsewhere.example.com', true],
      ['missing-variable', 'COLOUR', true],
      ['missing-variable', 'SIZE', true],
      ['repository', 'v1', true],
      ['not-allowed', 'elsewhere.example.com', true],
      ['missing-variable', 'ROLLBACK_VERSION', false],
    ]);
  });

  it('reveals no secret where one stands in a host, a repository, a URL or the name of a log', async () => {
    process.env['STAGING__HIDDEN_PART'] = 'T0P53CR3T';
    const request = { method: 'GET', path: 'https://${HIDDEN_PART}.example.com/' };
    const plan = planOf(
      [
        evidence('deploy.1', { reader: 'url', url: 'https://${HIDDEN_PART}.example.com/ok' }),
        step('deploy.2', { kind: 'request', request }),
        step('deploy.3', { kind: 'checkout', repository: '/nowhere/${HIDDEN_PART}.git', ref: 'v1', into: 'tools' }),
        evidence('deploy.4', {
          reader: 'log',
          files: ['/nowhere/${HIDDEN_PART}.log'],
          patterns: ['panic'],
          allow: [],
        }),
      ],
      {
        environmentVariables: [{ name: 'HIDDEN_PART', from: 'secret', source: { line: 7 } }],
        allow: [],
      },
    );
    const findings = await findingsOf(await here.claimed(plan));
    const codes = findings.filter(({ ok }) => !ok).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['not-allowed', 'repository', 'evidence', 'logs']));
    expect(JSON.stringify(findings).toLowerCase()).not.toContain('t0p53cr3t');
  });

  it('reports whether there is space for the backups, and below what is not a folder', async () => {
    process.env['STAGING__DATABASE_URL'] = here.platform.settings.BACKSTAY_POSTGRES_URL;
    const plan = planOf([step('pre.1', { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] })], {
      environmentVariables: [{ name: 'DATABASE_URL', from: 'provided', hint: 'a URL', source: { line: 7 } }],
      delivery: {
        deployer: 'release',
        hosts: ['local'],
        root: import.meta.filename,
        start: { text: 'true', argv: ['true'] },
        ready: { method: 'GET', path: '/' },
        keepReleases: 3,
      },
    });
    const findings = (await findingsOf(await here.claimed(plan))).filter(({ code }) => code === 'disk');
    expect(findings).toMatchObject([
      { subject: 'data directory', ok: true },
      { subject: 'release root', ok: false, blocking: true, message: expect.stringContaining('is not a folder') },
      { subject: 'backups', ok: true, message: expect.stringMatching(/MiB are free.* takes [1-9]\d* MiB/) },
    ]);
  });

  it('looks whether each channel leads somewhere, by the profile alone, and reveals no secret', async () => {
    process.env['STAGING__GOOD_HOOK'] = 'http://127.0.0.1:5997/hooks/T0P53CR3T';
    process.env['STAGING__FAR_HOOK'] = 'https://far.example.com/hooks/T0P53CR3T';
    process.env['STAGING__NO_HOOK'] = 'T0P53CR3T';
    process.env['STAGING__PD_KEY'] = 'T0P53CR3T';
    const plan = planOf([run('deploy.1', 'true')], {
      allow: [],
      channels: {
        good: 'slack <secret: GOOD_HOOK>',
        far: 'slack <secret: FAR_HOOK>',
        odd: 'webhook <secret: NO_HOOK>',
        none: 'webhook <secret: MISSING_HOOK>',
        pager: 'pagerduty <secret: PD_KEY>',
        double: 'pagerduty <secret: PD_KEY> at http://127.0.0.1:5997',
        email: 'email team@example.com',
      },
      monitoring: {
        thresholds: (['page', 'notify:#orders'] as const).map((action) => ({
          metric: 'error-rate',
          operator: '>',
          value: 0.05,
          unit: 'ratio',
          forMs: 0,
          overMs: 1_000,
          action,
          source: { line: 8 },
        })),
      },
    });
    const findings = (await findingsOf(await here.claimed(plan))).filter(({ code }) => code === 'channel');
    const failing = findings.filter(({ ok }) => !ok).map(({ subject, message }) => [subject, message]);
    expect(Object.fromEntries(failing)).toEqual({
      odd: 'what its secret NO_HOOK names is not an http or https URL',
      none: 'its secret MISSING_HOOK is not provided',
      email: expect.stringContaining("notices to 'email' are not supported"),
      'on-call': expect.stringContaining('has no destination'),
      '#orders': expect.stringContaining('has no destination'),
    });
    expect(JSON.stringify(findings)).not.toContain('T0P53CR3T');
  });

  it('asks again what fails once: a dependency, Loki, and what a URL proves', async () => {
    const emptyOfLoki = JSON.stringify({ status: 'success', data: { resultType: 'streams', result: [] } });
    const asked: Record<string, number> = {};
    const server = createServer((request, response) => {
      const path = request.url!.split('?', 1)[0]!;
      asked[path] = (asked[path] ?? 0) + 1;
      response.writeHead(asked[path] === 1 ? 503 : 200).end(emptyOfLoki);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const source = { line: 7 };
    const loki: Evidence = {
      reader: 'log',
      files: [],
      patterns: [],
      allow: [],
      loki: { url: `http://${host}`, query: '{app="orders-api"}' },
    };
    const plan = planOf([evidence('pre.1', { reader: 'url', url: `http://${host}/proof` }), evidence('pre.2', loki)], {
      allow: [host],
      dependencies: [
        { title: 'Users', check: { kind: 'url', url: `http://${host}/health` }, origin: 'document', source },
      ],
    });
    try {
      const findings = await findingsOf(await here.claimed(plan));
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(asked).toEqual({ '/health': 2, '/proof': 2, '/loki/api/v1/query_range': 2 });
    } finally {
      server.close();
    }
  });

  it('asks whether logs can be read that a command prints or Loki holds', async () => {
    const log = { reader: 'log' as const, files: ['logs/*.log'], patterns: ['panic'], allow: [] };
    const printed = (text: string) => ({ ...log, command: { text, argv: ['sh', '-c', text] } });
    const held = { ...log, loki: { url: 'http://127.0.0.1:1', query: '{app="orders-api"}' } };
    const plan = planOf([
      step('post.1', { kind: 'evidence', evidence: printed('echo panic') }),
      step('post.2', { kind: 'evidence', evidence: printed('exit 4') }),
      step('post.3', { kind: 'evidence', evidence: held }, { onFailure: 'continue' }),
    ]);
    const findings = await findingsOf(await here.claimed(plan));
    expect(findings.filter(({ code }) => code === 'logs')).toMatchObject([
      { subject: 'echo panic', ok: true },
      { subject: 'exit 4', ok: false, blocking: true, message: '`exit 4` ended with exit 4' },
      { subject: 'Loki {app="orders-api"}', ok: false, blocking: false, message: '127.0.0.1:1: connection refused' },
    ]);
  });

  it('reports which log files are there that do not come with the release', async () => {
    writeFileSync(fileAt('there-staging.log'), 'fine');
    const files = [fileAt('there-${ENVIRONMENT}.log'), fileAt('gone-*.log'), 'logs/of-the-release.log'];
    const plan = planOf(
      [step('post.1', { kind: 'evidence', evidence: { reader: 'log', files, patterns: ['panic'], allow: [] } })],
      { logFolders: [here.dataDir] },
    );
    const findings = await findingsOf(await here.claimed(plan));
    expect(findings.filter(({ code }) => code === 'logs')).toMatchObject([
      { subject: fileAt('there-staging.log'), ok: true, message: '1 log file is there' },
      { subject: fileAt('gone-*.log'), ok: false, blocking: false },
    ]);
  });

  it('refuses log files outside of the folders that the profile lists, with the line of their step', async () => {
    const files = ['/etc/${HIDDEN}', `${here.dataDir}/../${'x'}.log`, fileAt('there.log')];
    const evidence = { reader: 'log' as const, files, patterns: ['root'], allow: [] };
    const plan = planOf([step('post.1', { kind: 'evidence', evidence }, { source: { line: 12 } })], {
      logFolders: [here.dataDir],
      environmentVariables: [{ name: 'HIDDEN', from: 'value', value: 'shadow', source: { line: 7 } }],
    });
    const findings = await findingsOf(await here.claimed(plan));
    expect(findings.filter(({ code, blocking }) => code === 'logs' && blocking)).toMatchObject([
      { subject: '/etc/shadow', line: 12, message: expect.stringContaining('add its folder to `logs`') },
      { subject: files[1], line: 12 },
    ]);
  });

  it('reports whether proof that is there passes, and is tied to the commit', async () => {
    const plan = planOf(
      [
        step('pre.1', { kind: 'evidence', evidence: { reader: 'junit', glob: 'good.xml' } }),
        step('pre.2', { kind: 'evidence', evidence: { reader: 'junit', glob: 'bad.xml' } }),
      ],
      { acceptsUnattested: false },
    );
    const id = await here.claimed(plan);
    const source = join(here.dataDir, 'workspaces', id, 'source');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'good.xml'), '<testsuite><testcase name="a"/></testsuite>');
    writeFileSync(join(source, 'bad.xml'), '<testsuite><testcase name="a"><failure/></testcase></testsuite>');
    const findings = await findingsOf(id);
    expect(findings.filter(({ code }) => code === 'evidence')).toMatchObject([
      { subject: 'good.xml', blocking: false, message: expect.stringContaining('nothing ties it to the commit') },
      { subject: 'bad.xml', ok: false, blocking: false, message: expect.stringContaining('does not pass') },
    ]);
  });

  it('finds nothing amiss where all is there, with the live version of the database', async () => {
    process.env['STAGING__DATABASE_URL'] = here.platform.settings.BACKSTAY_POSTGRES_URL;
    const source = { line: 7 };
    const plan = planOf([step('pre.1', { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] })], {
      environmentVariables: [{ name: 'DATABASE_URL', from: 'provided', hint: 'a URL', source }],
      dependencies: [
        {
          title: 'Database',
          check: { kind: 'postgresql', minimum: '14', url: '${DATABASE_URL}' },
          origin: 'document',
          source,
        },
      ],
    });
    const findings = await findingsOf(await here.claimed(plan));
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.find(({ subject }) => subject === 'Database')?.message).toMatch(/^PostgreSQL \d+/);
    expect(JSON.stringify(findings)).not.toContain(here.platform.settings.BACKSTAY_POSTGRES_URL);
  });

  it('connects to no database that the document writes itself and the profile does not list', async () => {
    const source = { line: 7 };
    const url = 'postgres://app:hunter22@127.0.0.1:5999/orders';
    const plan = planOf([step('pre.1', { kind: 'backup', engine: 'postgresql', urls: [url] })], {
      allow: ['127.0.0.1:5998'],
      environmentVariables: [{ name: 'ORDERS_URL', from: 'value', value: url, source }],
      dependencies: [
        {
          title: 'Database',
          check: { kind: 'postgresql', minimum: '14', url: '${ORDERS_URL}' },
          origin: 'document',
          source,
        },
      ],
    });
    const findings = await findingsOf(await here.claimed(plan));
    const message = "127.0.0.1:5999 is not in the profile's `allow`";
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([
      { code: 'dependency', subject: 'Database', blocking: true, message },
      { code: 'tool', subject: 'pg_dump', blocking: true, message },
    ]);
    expect(JSON.stringify(findings)).not.toContain('hunter22');
  });
});

describe('a backup', () => {
  it('is taken of every database, and recorded by name, size and hash', async () => {
    process.env['STAGING__DATABASE_URL'] = here.platform.settings.BACKSTAY_POSTGRES_URL;
    const environmentVariables = [
      { name: 'DATABASE_URL', from: 'provided' as const, hint: 'a URL', source: { line: 7 } },
    ];
    const id = await here.planned(
      planOf([step('pre.1', { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] })], {
        environmentVariables,
      }),
    );
    const runner = await here.start();
    const state = await here.until(id, ({ status }) => status === 'verifying');
    await runner.stop();
    expect(recordOf(state, 'pre.1')?.result).toMatchObject({
      file: 'pre.1.dump',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      files: [{ file: 'pre.1.dump' }],
    });
    expect(existsSync(join(here.dataDir, 'backups', id, 'pre.1.dump'))).toBe(true);
  });
});
