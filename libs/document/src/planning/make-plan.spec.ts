import { describe, expect, it } from 'vitest';
import { procedureDigest } from './digest.ts';
import { bindings, documentOf, fixture, planOf, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from './make-plan.ts';
import { planSchema, type Step } from '../plan/plan.ts';
import { serviceProfile, type ServiceProfile } from '../context/profiles.ts';

const notes = fixture('notes-api.md');
const orders = fixture('orders-api.md');

function stepOf(text: string, id: string): Step {
  const { steps, rollback } = planOf(text).plan;
  return [...steps, ...rollback.steps].find((step) => step.id === id)!;
}

function profile(changes: Partial<ServiceProfile> = {}): ServiceProfile {
  return { ...serviceProfile(profiles(), 'production', 'notes-api')!, ...changes };
}

describe.each(['notes-api.md', 'orders-api.md', 'everything.md'])('%s in its context', (name) => {
  const { plan, blockers } = planOf(fixture(name));

  it('is a plan that nothing blocks', () => {
    expect(blockers).toEqual([]);
  });

  it('has the shape that is published', () => {
    expect(planSchema.parse(plan)).toEqual(plan);
  });
});

describe('the phrases of the template', () => {
  it.each([
    ['pre.1', { kind: 'evidence', evidence: { reader: 'junit', glob: 'reports/junit.xml' } }, 'bindings'],
    ['pre.2', { kind: 'evidence', evidence: { reader: 'sarif', glob: 'reports/scan.sarif' } }, 'bindings'],
    ['pre.3', { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] }, 'document'],
    ['pre.4', { kind: 'notify', channel: 'team', about: 'window' }, 'profile'],
    [
      'deploy.1',
      { kind: 'checkout', repository: 'file:///srv/git/notes-api.git', ref: 'v1.1.0', into: 'source' },
      'document',
    ],
    [
      'deploy.2',
      { kind: 'run', commands: [{ text: 'npm ci --omit=dev', argv: ['npm', 'ci', '--omit=dev'] }], shell: false },
      'bindings',
    ],
    ['deploy.4', { kind: 'deploy', deployer: 'release', parts: ['place'] }, 'profile'],
    ['deploy.5', { kind: 'deploy', deployer: 'release', parts: ['configure'] }, 'profile'],
    ['deploy.6', { kind: 'deploy', deployer: 'release', parts: ['activate'] }, 'profile'],
    ['post.1', { kind: 'section', section: 'smoke-tests' }, 'document'],
    ['post.2', { kind: 'section', section: 'dashboards' }, 'document'],
    ['post.4', { kind: 'section', section: 'critical-flows' }, 'document'],
    ['post.5', { kind: 'section', section: 'documentation' }, 'document'],
    ['rollback.1', { kind: 'revert', part: 'stop-new' }, 'default'],
    ['rollback.2', { kind: 'revert', part: 'previous-version', version: '1.0.0' }, 'default'],
    ['rollback.3', { kind: 'restore', engine: 'postgresql', step: 'pre.3', dataLossMs: 1_800_000 }, 'document'],
    ['rollback.4', { kind: 'revert', part: 'restart' }, 'default'],
    ['rollback.5', { kind: 'section', section: 'health-checks' }, 'document'],
    ['rollback.6', { kind: 'notify', channel: 'team', about: 'rollback' }, 'profile'],
  ])('%s', (id, action, origin) => {
    expect(stepOf(notes, id)).toMatchObject({ action, origin });
  });

  it('migrations are undone by the other direction', () => {
    expect(stepOf(notes, 'deploy.3').undo).toMatchObject({
      kind: 'run',
      commands: [{ text: 'node migrate.mjs down' }],
    });
  });

  it('without a binding, “(if applicable)” does not apply and says why', () => {
    const { migrate: _, ...others } = bindings();
    const { plan, blockers } = planOf(notes, { bindings: others });
    expect(blockers).toEqual([]);
    expect(plan.steps.find(({ id }) => id === 'deploy.3')!.action).toEqual({
      kind: 'not-applicable',
      why: '.backstay.yaml has no `migrate`',
    });
  });

  it('without a database nothing is backed up, and says why', () => {
    const text = notes.replace('- Database: PostgreSQL 14+\n', '');
    expect(stepOf(text, 'pre.3').action).toMatchObject({ kind: 'not-applicable' });
  });

  it('building mutates nothing; the first mutating step turns failures into rollbacks', () => {
    const { steps } = planOf(notes).plan;
    expect(steps.map(({ id, mutates, onFailure }) => `${id} ${mutates ? 'mutates' : 'reads'} ${onFailure}`)).toEqual([
      'pre.1 reads stop',
      'pre.2 reads stop',
      'pre.3 reads stop',
      'pre.4 reads stop',
      'deploy.1 reads stop',
      'deploy.2 reads stop',
      'deploy.3 mutates rollback',
      'deploy.4 mutates rollback',
      'deploy.5 mutates rollback',
      'deploy.6 mutates rollback',
      'post.1 reads rollback',
      'post.2 reads rollback',
      'post.3 reads rollback',
      'post.4 reads rollback',
      'post.5 reads rollback',
    ]);
  });
});

describe('after a checkout into a folder', () => {
  it('commands and their undo run there, unless they say otherwise', () => {
    expect(stepOf(orders, 'deploy.2').directory).toBe('releases/2.4.0');
    expect(stepOf(orders, 'deploy.4').directory).toBe('source/ops');
  });
});

describe('a trigger without `for`', () => {
  const { triggers } = planOf(orders).plan.rollback;

  it('takes that of the same metric’s threshold', () => {
    expect(triggers[1]!.rule).toMatchObject({
      kind: 'limit',
      limit: { metric: 'error-rate', value: 0.05, forMs: 5_000 },
    });
  });

  it('else three times the interval, over five of them', () => {
    expect(triggers[3]!.rule).toMatchObject({ kind: 'degradation', ratio: 0.5, forMs: 3_000, overMs: 5_000 });
  });
});

describe('where the document is silent', () => {
  it('the profile speaks', () => {
    const staging = notes.replaceAll('production', 'staging');
    expect(planOf(staging).plan.monitoring).toMatchObject({
      watchMs: 15_000,
      everyMs: 1_000,
      baselineMs: 5_000,
      minimumSamples: 8,
      minimumRequests: 10,
      onNoData: { waitMs: 10_000, then: 'fail' },
    });
  });

  it('else the defaults: ten minutes, every ten seconds, half of the ticks valid', () => {
    expect(planOf(notes).plan.monitoring).toMatchObject({
      watchMs: 600_000,
      everyMs: 10_000,
      baselineMs: 60_000,
      minimumSamples: 30,
      minimumRequests: 20,
      // Silence alone takes nothing back.
      onNoData: { waitMs: 60_000, then: 'ask:on-call' },
      mode: 'active',
    });
  });
});

describe('what bindings and profile lack', () => {
  function codes(context: Parameters<typeof planOf>[1], text = notes): string[] {
    return planOf(text, context).blockers.map(({ code, line }) => `${line} ${code}`);
  }

  it('blocks, each at the line that needs it', () => {
    const { build: _, ...others } = bindings();
    expect(codes({ bindings: others })).toEqual(['28 missing-binding']);
    expect(codes({ profile: profile({ probes: {} }) })).toEqual([
      '59 missing-profile-entry',
      '60 missing-profile-entry',
      '61 missing-profile-entry',
      '100 missing-profile-entry',
    ]);
  });

  it('a restore waits for somebody to accept the loss', () => {
    expect(codes({ profile: profile({ dataLossMs: null }) })).toEqual(['75 missing-consent']);
    const accepted = notes.replace('backup of step 3\n', 'backup of step 3\n   - Data loss: accepted up to 1h\n');
    expect(codes({ profile: profile({ dataLossMs: null }) }, accepted)).toEqual([]);
  });

  it('another deployer, another host: never a local execution in their stead', () => {
    expect(codes({ profile: profile({ deployer: 'kubernetes' }) })).toContain('30 unsupported-deployer');
    expect(codes({ profile: profile({ hosts: ['web1'] }) })).toEqual(['1 unsupported-hosts']);
  });

  it('a page without a destination', () => {
    expect(codes({ profile: profile({ notify: { team: 'log' } }) })).toEqual(['113 missing-profile-entry']);
  });

  it('a destination that this version does not deliver to', () => {
    const notify = { ...profile().notify, team: 'email team@example.com' };
    expect(codes({ profile: profile({ notify }) })).toEqual([expect.stringMatching(/^\d+ unsupported-destination$/)]);
  });

  it('a variable of the bindings that nothing declares, and a secret in their commands', () => {
    const command = (text: string) => ({ text, argv: text.split(' ') });
    expect(codes({ bindings: { ...bindings(), build: [command('make ${COLOUR}')] } })).toEqual(['1 unknown-variable']);
    expect(codes({ bindings: { ...bindings(), build: [command('make ${API_KEY}')] } })).toEqual(['1 secret-in-argv']);
  });
});

describe('the bindings of smoke tests', () => {
  const [login, data] = planOf(notes).plan.smokeTests;

  it('give bodies, headers and captures by title', () => {
    expect(login!.request.body).toBe('{"user":"${DB_USER}","password":"${DB_PASSWORD}"}');
    expect(login!.captures).toMatchObject({ token: '$.token' });
    expect(data!.request.headers).toEqual({ authorization: 'Bearer ${smoke.1.$.token}' });
  });

  it('may use accounts that nothing else declares: they are secrets of the checks', () => {
    const smoke = { 'User Login': { body: '{"user":"${SMOKE_USER}"}', headers: {}, captures: {} } };
    const { secrets } = planOf(notes, { bindings: { ...bindings(), smoke } }).plan;
    expect(secrets.at(-1)).toMatchObject({ title: 'Smoke test User Login', names: ['SMOKE_USER'], origin: 'bindings' });
  });

  it('come after what the document says, whatever the case of a header', () => {
    expect(planOf(orders).plan.smokeTests[1]!.request.headers).toEqual({ Authorization: 'Bearer ${smoke.1.token}' });
  });
});

describe('a document for several environments', () => {
  const several = notes
    .replace('- Environment: production', '- Environment: staging, production')
    .replace('4. Deploy to production', '4. Deploy to target environment');

  it('needs a choice, and says between what and how it is made', () => {
    const planned = makePlan(documentOf(several), { digest: sha256 });
    const message =
      'the document is for staging, production; choose one of them: `-e staging` on the command line, `environment` in a request';
    expect(planned).toMatchObject({ ok: false, problems: [{ code: 'missing-environment', message }] });
  });

  it('refuses one that it does not name, and another version', () => {
    const planned = makePlan(documentOf(several), { environment: 'development', version: '9.9.9', digest: sha256 });
    expect(planned).toMatchObject({
      ok: false,
      problems: [
        { code: 'environment-mismatch', of: 'request' },
        { code: 'version-mismatch', of: 'request' },
      ],
    });
  });

  it('names the one that was probably meant', () => {
    const planned = makePlan(documentOf(several), { environment: 'stagging', digest: sha256 });
    expect(planned.ok ? '' : planned.problems[0]?.message).toBe(
      'the request is for stagging, the document for staging, production; did you mean “staging”?',
    );
  });

  it('is the same procedure in each, and not the same plan', () => {
    const [staging, production] = ['staging', 'production'].map((environment) => planOf(several, { environment }));
    expect(staging!.plan.procedureDigest).toBe(production!.plan.procedureDigest);
    expect(staging!.digest).not.toBe(production!.digest);
  });
});

describe('the procedure digest', () => {
  const { plan } = planOf(orders);

  it.each([
    ['the version', { version: '9.0.0' }],
    ['the base URL', { baseUrl: 'http://127.0.0.1:1' }],
    ['the channels', { channels: { team: 'log' } }],
    [
      'the metric source',
      { monitoring: { ...plan.monitoring, source: { kind: 'scrape' as const, url: 'http://127.0.0.1:1' } } },
    ],
    ['the names of secrets', { secrets: plan.secrets.map((secret) => ({ ...secret, names: ['OTHER'] })) }],
  ])('leaves out %s', (_what, changes) => {
    expect(procedureDigest({ ...plan, ...changes }, sha256)).toBe(plan.procedureDigest);
  });

  it.each([
    ['a command', orders.replace('migrate.mjs up', 'migrate.mjs up --all')],
    ['a threshold', orders.replace('Error rate > 5% for 5s', 'Error rate > 6% for 5s')],
    ['the watch', orders.replace('Watch for 60s', 'Watch for 61s')],
    ['an expectation', orders.replace('within 500ms', 'within 501ms')],
    ['an undo', orders.replace('migrate.mjs down', 'migrate.mjs undo')],
  ])('changes with %s', (_what, changed) => {
    expect(planOf(changed).plan.procedureDigest).not.toBe(plan.procedureDigest);
  });
});

describe('a rollback in shadow', () => {
  const shadowed = planOf(orders.replace('- Smoke tests fail\n', '- Smoke tests fail\n- Mode: shadow\n'));

  it('is of what is measured; failing smoke tests roll back, which is reported', () => {
    const modes = shadowed.plan.rollback.triggers.map(({ rule, mode }) => `${rule.kind} ${mode}`);
    expect(modes).toEqual(expect.arrayContaining(['smoke-tests active', 'limit shadow']));
    expect(shadowed.warnings.map(({ code }) => code)).toContain('unsupported');
  });
});
