import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentId, type EnvironmentCommand } from '@backstay/deployment';
import { drafted, examplePlan, secondsIn, success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import type { DryRun } from './dry-runs.ts';

const profile = (service: string): string => `environments:
  staging:
    services:
      ${service}:
        deployer: release
        hosts: [local]
        root: /srv/${service}
        baseUrl: http://127.0.0.1:18080
        overrides: [unknown-running]
`;

interface Written {
  readonly service?: string;
  readonly ref?: string;
  readonly more?: string;
  readonly scope?: string;
}

let folder: string;
let repository: string;
let api: TestApi;

const documentOf = ({
  service = 'orders-api',
  ref = 'v2.4.0',
  more = '',
  scope = '',
}: Written = {}): string => `# Deployment

## Deployment Scope

**Application/Service:**
- Name: ${service}
- Version: 2.4.0
- Repository: ${repository}
- Tag: ${ref}

**Target Environment:**
- Environment: staging
${scope}

## Deployment Procedure

### Deployment Steps
1. Build application artifacts
2. Deploy to staging
3. Restart services

${more}

## Acceptance Criteria

- [ ] Deployment executed successfully
`;

const inRepository = (...args: string[]): string =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

async function tagged(tag: string, bindings: string): Promise<string> {
  await writeFile(join(repository, '.backstay.yaml'), bindings);
  inRepository('add', '-A');
  inRepository('commit', '-q', '-m', tag);
  inRepository('tag', tag);
  return inRepository('rev-parse', 'HEAD');
}

let commit: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstay-dry-runs-'));
  repository = join(folder, 'orders-api');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  commit = await tagged('v2.4.0', 'build: make\nstart: node server.mjs\nready: GET /health\n');
  await tagged('v2.4.1', 'build: make\n');
  await tagged('v2.4.2', 'build: make\nstrat: node server.mjs\n');
  await writeFile(join(folder, 'environments.yaml'), profile('orders-api'));
  api = await startTestApi({
    BACKSTAY_ENVIRONMENTS: join(folder, 'environments.yaml'),
    BACKSTAY_DATA_DIR: join(folder, 'data'),
  });
});

afterAll(async () => {
  await api?.close();
  await rm(folder, { recursive: true, force: true });
});

const asked = async (document: string, more: object = {}): Promise<DryRun> => {
  const response = await api.post('/v1/plans', { document, ...more });
  expect(response.status).toBe(200);
  return (await jsonOf(response)) as unknown as DryRun;
};
const codesOf = ({ blockers }: DryRun) => blockers.map(({ code, effect }) => `${code}: ${effect}`);

async function happens(stream: string, ...commands: readonly EnvironmentCommand[]): Promise<void> {
  const handler = api.platform.environments;
  for (const command of commands) {
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

const settled = (deployment: string, version: string, outcome = 'succeeded'): EnvironmentCommand[] => {
  const running = { version, commit: null, release: `r-${version}`, deployment };
  const end = { outcome, running, verifiedGood: running, quarantined: null, changed: true, at: secondsIn(0) };
  return [
    { type: 'ClaimEnvironment', deployment, at: secondsIn(0) },
    { type: 'SettleEnvironment', deployment, ...end },
  ];
};

describe('a dry run with the deployed repository', () => {
  it('gives the plan that planning would freeze, with the exact commit, and records nothing', async () => {
    const before = (await api.platform.store.readAll(null, 100)).length;
    const run = await asked(documentOf());
    expect(run.blockers).toEqual([]);
    expect(run.unknown).toEqual([]);
    expect(run.commit).toMatchObject({ sha: commit, authors: ['A <a@example.com>'] });
    expect(run.plan).toMatchObject({ commit, steps: [{ action: { kind: 'run' }, origin: 'bindings' }, {}, {}] });
    expect((await api.platform.store.readAll(null, 100)).length).toBe(before);
    expect(await readdir(join(folder, 'data'))).not.toContain('workspaces');
  });

  it('reports which bindings are missing at that commit, at their lines', async () => {
    const { blockers } = await asked(documentOf({ ref: 'v2.4.1' }));
    expect(blockers).toContainEqual(
      expect.objectContaining({ code: 'missing-binding', effect: 'rejected', line: expect.any(Number) }),
    );
    expect(blockers.map(({ message }) => message).join()).toContain('start');
  });

  it('reports which profile entries are missing', async () => {
    expect(codesOf(await asked(documentOf({ service: 'ledger' })))).toContain('missing-profile-entry: rejected');
  });

  it('reports what is wrong with the bindings, in their own file', async () => {
    const { blockers, commit: read } = await asked(documentOf({ ref: 'v2.4.2' }));
    expect(blockers.map(({ message }) => message).join()).toMatch(/\.backstay\.yaml:2: /);
    expect(read).toBeNull();
  });

  it('takes bindings that are given for those of the repository, and says so', async () => {
    const document = documentOf({ ref: 'v2.4.1' });
    const given = { file: 'mine.yaml', text: 'build: make\nstart: node other.mjs\nready: GET /health\n' };
    const own = await asked(document, { bindings: given });
    expect(own.bindings).toEqual({ from: 'repository', file: '.backstay.yaml' });
    expect(codesOf(own)).toContain('missing-binding: rejected');
    const instead = await asked(document, { bindings: { ...given, instead: true } });
    expect(instead).toMatchObject({ bindings: { from: 'request', file: 'mine.yaml' }, blockers: [] });
    expect(instead.plan.delivery?.start).toMatchObject({ text: 'node other.mjs' });
    const corrected = await asked(documentOf({ ref: 'v2.4.2' }), { bindings: { ...given, instead: true } });
    expect(corrected.blockers.filter(({ message }) => message.includes('.backstay.yaml'))).toEqual([]);
  });

  it('takes those that are given where the repository cannot be read', async () => {
    const document = documentOf().replace(repository, join(folder, 'nowhere'));
    const given = { file: 'deploy/.backstay.yaml', text: 'build: make\nstart: node server.mjs\nready: GET /health\n' };
    const run = await asked(document, { bindings: given });
    expect(run.bindings).toEqual({ from: 'request', file: 'deploy/.backstay.yaml' });
    expect(codesOf(run)).toEqual(['repository-unreachable: rejected']);
    expect((await asked(document)).bindings).toBeNull();
  });

  it('reports what is wrong with given bindings in their own file', async () => {
    const bindings = { file: 'mine.yaml', text: 'build: make\nstrat: node\n', instead: true };
    const response = await api.post('/v1/plans', { document: documentOf(), bindings });
    expect(response.status).toBe(422);
    expect((await jsonOf(response)).errors).toMatchObject([{ file: 'mine.yaml', line: 2, severity: 'error' }]);
  });

  it('reports what is wrong with a request at its field, with what was probably meant', async () => {
    const response = await api.post('/v1/plans', { document: documentOf(), environment: 'stagging' });
    const { type, errors } = await jsonOf(response);
    expect(type).toBe('/docs#invalid-request');
    expect(errors).toEqual([
      {
        pointer: '#/environment',
        detail: 'the request is for stagging, the document for staging; did you mean “staging”?',
        code: 'environment-mismatch',
        severity: 'error',
      },
    ]);
  });

  it.each([
    ['ref-not-found', { ref: 'v9' }, {}],
    ['commit-mismatch', {}, { commit: 'abcdef0' }],
  ])('reports what is wrong with the repository at its line: %s', async (code, written, more) => {
    const { blockers } = await asked(documentOf(written), more);
    expect(blockers).toContainEqual(expect.objectContaining({ code, effect: 'rejected', line: 9 }));
  });

  it('of a plan needs an entry of the profile as planning does', async () => {
    const { plan } = await asked(documentOf());
    const ofPlan = async (given: object) => (await jsonOf(api.post('/v1/plans', { plan: given }))) as unknown as DryRun;
    expect(await ofPlan(plan)).toMatchObject({ blockers: [], commit: { sha: commit } });
    expect(codesOf(await ofPlan({ ...plan, service: 'ledger' }))).toEqual(['missing-profile-entry: rejected']);
  });

  it('reports why it could not be rehearsed', async () => {
    const irreversible = documentOf().replace(
      '2. Deploy',
      '2. Drop it\n   - Run: `drop`\n   - Irreversible: yes\n3. Deploy',
    );
    expect(codesOf(await asked(irreversible, { rehearse: true }))).toContain('rehearsal-irreversible: rejected');
    expect(codesOf(await asked(irreversible))).not.toContain('rehearsal-irreversible: rejected');
  });

  it('says what only the preflight can find out', async () => {
    expect((await asked(documentOf())).preflight).toContainEqual({
      phase: 'execution',
      message: expect.stringContaining('/srv/orders-api'),
    });
  });
});

describe('a dry run against what is recorded', () => {
  it('waits for its window, and says when that opens', async () => {
    const closed = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][(new Date().getUTCDay() + 2) % 7];
    const { blockers } = await asked(documentOf({ scope: `- Window: ${closed} 09:00-10:00 UTC` }));
    expect(blockers).toEqual([
      expect.objectContaining({ code: 'outside-window', effect: 'held', opens: expect.stringContaining('T09:00:00') }),
    ]);
  });

  it('waits for what its Blocked By names, until that runs', async () => {
    const document = documentOf({
      more: '## Dependencies\n\n**Blocked By:**\n- deployment of ledger 1.0.0 to staging\n- #12\n  - Manual: confirmed by on-call',
    });
    const before = (await asked(document)).blockers;
    expect(before).toEqual([
      expect.objectContaining({ code: 'blocked-by', effect: 'held', message: expect.stringContaining('ledger 1.0.0') }),
      expect.objectContaining({ code: 'blocked-by', message: expect.stringContaining('to be confirmed by on-call') }),
    ]);
    await happens(environmentId('ledger', 'staging'), ...settled('l1', '1.0.0'));
    expect((await asked(document)).blockers).toHaveLength(1);
  });

  it('waits for whose Blocks names it, until that has ended', async () => {
    const rule = { kind: 'deployment' as const, service: 'orders-api', range: '2.4.0', environment: 'staging' };
    const blocks = [{ text: 'deployment of orders-api 2.4.0 to staging', rule, source: { line: 44 } }];
    const blocking = drafted({ id: 'first', second: 100, plan: examplePlan({ service: 'mail', blocks }) });
    await api.record(blocking.events);
    expect((await asked(documentOf())).blockers).toEqual([
      expect.objectContaining({
        code: 'blocked-by',
        message: expect.stringContaining('mail 1.2.0 to production (deployment first) blocks it'),
      }),
    ]);
    const known = blocking.events.length;
    blocking.when((at) => ({ type: 'CancelDeployment', reason: 'not now', by: 'operator', at }));
    await api.record(blocking.events.slice(known));
    expect((await asked(documentOf())).blockers).toEqual([]);
  });

  it('names who holds the environment, and nobody who has ended', async () => {
    const stream = environmentId('orders-api', 'staging');
    const plan = examplePlan({ environment: 'staging' });
    await api.record(drafted({ id: 'holder', second: 200, plan }).events);
    await happens(stream, { type: 'ClaimEnvironment', deployment: 'holder', at: secondsIn(0) });
    expect((await asked(documentOf())).blockers).toMatchObject([
      { code: 'environment-held', effect: 'held', message: 'deployment holder holds orders-api in staging' },
    ]);
    await happens(stream, ...settled('holder', '2.3.0').slice(1));
    await api.record(success({ id: 'over', second: 300, plan }).events);
    await happens(stream, { type: 'ClaimEnvironment', deployment: 'over', at: secondsIn(0) });
    expect((await asked(documentOf())).blockers).toEqual([]);
    await happens(stream, ...settled('over', '2.3.0').slice(1));
  });

  it('reports that nobody knows what runs, unless the request overrides that as the profile allows', async () => {
    const stream = environmentId('orders-api', 'staging');
    await api.record(drafted({ id: 'half', second: 400, plan: examplePlan({ environment: 'staging' }) }).events);
    await happens(stream, ...settled('half', '2.3.0', 'halted'));
    const { blockers } = await asked(documentOf());
    expect(blockers).toMatchObject([{ code: 'unknown-running', effect: 'rejected', overridable: true }]);
    const overrides = [{ code: 'unknown-running', reason: 'looked at it' }];
    expect(await asked(documentOf(), { overrides })).toMatchObject({
      blockers: [],
      overridden: [{ code: 'unknown-running', reason: 'looked at it' }],
    });
  });
});

describe('whoever may only look', () => {
  it('makes the platform read no repository, and gets an explanation', async () => {
    const token = 'only-looks';
    const sha256 = createHash('sha256').update(token).digest('hex');
    const tokens = join(folder, 'tokens.json');
    await writeFile(tokens, JSON.stringify([{ name: 'wallboard', role: 'viewer', sha256 }]), { mode: 0o600 });
    const guarded = await startTestApi({ BACKSTAY_AUTH: 'token', BACKSTAY_TOKENS: tokens });
    try {
      const headers = { authorization: `Bearer ${token}` };
      const run = await jsonOf(guarded.post('/v1/plans', { document: documentOf() }, headers));
      expect(run).toMatchObject({
        commit: null,
        unknown: [{ code: 'repository-not-read', message: expect.stringContaining('for the role operator only') }],
      });
    } finally {
      await guarded.close();
    }
  });
});
