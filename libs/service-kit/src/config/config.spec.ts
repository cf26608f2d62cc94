import { describe, expect, it } from 'vitest';
import { ConfigurationProblems, readSettings } from './config.ts';

const database = { BACKSTAY_POSTGRES_URL: 'postgresql://127.0.0.1/backstay' };
const needed = { ...database, BACKSTAY_NATS_CREDS: '/run/keys/planning.nk' };
const seed = `SU${'A'.repeat(56)}`;

function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationProblems) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('has defaults for everything but PostgreSQL and the key for NATS', () => {
    expect(readSettings(needed)).toMatchObject({
      BACKSTAY_HTTP_HOST: '127.0.0.1',
      BACKSTAY_HTTP_PORT: 7300,
      BACKSTAY_AUTH: 'none',
    });
  });

  it('refuses a data directory in which nothing can be kept', () => {
    const refused = ['BACKSTAY_DATA_DIR: nothing can be kept below /proc; name a folder on a disk'];
    for (const path of ['/proc', '/proc/x', '/srv/../proc/self/x'])
      expect(problemsOf({ ...needed, BACKSTAY_DATA_DIR: path })).toEqual(refused);
    expect(problemsOf({ ...needed, BACKSTAY_DATA_DIR: '/process' })).toEqual([]);
  });

  it('reports all problems at once, each with its variable', () => {
    const problems = problemsOf({
      BACKSTAY_HTTP_PORT: 'eighty',
      BACKSTAY_NATS_URL: 'http://127.0.0.1',
      BACKSTAY_LOG_LEVEL: 'loud',
      BACKSTAY_NATS_AUTH: 'none',
    });
    expect(problems.map((problem) => problem.split(':')[0] ?? '').toSorted()).toEqual([
      'BACKSTAY_HTTP_PORT',
      'BACKSTAY_LOG_LEVEL',
      'BACKSTAY_NATS_URL',
      'BACKSTAY_POSTGRES_URL',
    ]);
  });

  it('reports what settings together do not allow beside what one alone does not', () => {
    const problems = problemsOf({ BACKSTAY_HTTP_HOST: '0.0.0.0', BACKSTAY_LOG_LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(':')[0] ?? '').toSorted()).toEqual([
      'BACKSTAY_AUTH',
      'BACKSTAY_LOG_LEVEL',
      'BACKSTAY_NATS_CREDS',
      'BACKSTAY_POSTGRES_URL',
    ]);
  });

  it('reads how long things are kept in milliseconds, and null for ever', () => {
    const { BACKSTAY_KEEP_WORKSPACES, BACKSTAY_KEEP_BACKUPS, BACKSTAY_KEEP_LEASES } = readSettings({
      ...needed,
      BACKSTAY_KEEP_WORKSPACES: 'forever',
      BACKSTAY_KEEP_BACKUPS: '36h',
    });
    expect([BACKSTAY_KEEP_WORKSPACES, BACKSTAY_KEEP_BACKUPS, BACKSTAY_KEEP_LEASES]).toEqual([
      null,
      36 * 3_600_000,
      30 * 86_400_000,
    ]);
    expect(problemsOf({ ...needed, BACKSTAY_KEEP_OUTPUTS: '1 year' })).toEqual([
      'BACKSTAY_KEEP_OUTPUTS: expected a time such as 30d, 12h or 90m, or forever',
    ]);
  });

  it('takes an empty variable as absent', () => {
    expect(readSettings({ ...needed, BACKSTAY_RUN_AS: '' }).BACKSTAY_RUN_AS).toBeUndefined();
  });

  it.each([
    ['NATS without credentials', { BACKSTAY_NATS_CREDS: '' }, ['BACKSTAY_NATS_CREDS']],
    [
      'NATS without credentials elsewhere than on loopback',
      {
        BACKSTAY_NATS_CREDS: '',
        BACKSTAY_NATS_AUTH: 'none',
        BACKSTAY_NATS_URL: 'nats://127.0.0.1:4222,nats://broker:4222',
      },
      ['BACKSTAY_NATS_CREDS'],
    ],
    ['credentials beside none', { BACKSTAY_NATS_AUTH: 'none' }, ['BACKSTAY_NATS_AUTH']],
    ['a seed that is none', { BACKSTAY_NATS_SEED: 'hunter2' }, ['BACKSTAY_NATS_SEED']],
    [
      'listening off loopback without HTTP and NATS credentials',
      { BACKSTAY_HTTP_HOST: '0.0.0.0', BACKSTAY_NATS_CREDS: '', BACKSTAY_NATS_AUTH: 'none' },
      ['BACKSTAY_AUTH', 'BACKSTAY_NATS_CREDS'],
    ],
    ['token authentication without tokens', { BACKSTAY_AUTH: 'token' }, ['BACKSTAY_TOKENS']],
    ['an event store that this version lacks', { BACKSTAY_EVENT_STORE: 'eventstoredb' }, ['BACKSTAY_EVENT_STORE']],
    ['a source of secrets that this version lacks', { BACKSTAY_SECRETS: 'vault:http://v' }, ['BACKSTAY_SECRETS']],
    ['a witness, which this version lacks', { BACKSTAY_WITNESS: 'witness.log' }, ['BACKSTAY_WITNESS']],
    ['an authentication that this version lacks', { BACKSTAY_AUTH: 'oidc' }, ['BACKSTAY_AUTH']],
  ])('refuses %s', (_what, environment, variables) => {
    expect(problemsOf({ ...needed, ...environment }).map((problem) => problem.split(':')[0])).toEqual(variables);
  });

  it.each(['nats://backstay:pa/ss@broker:4222', 'nats://a:4222,', 'nats://a:4222,b:4222', 'nats://a,http://b'])(
    'refuses %s for NATS by a problem, which does not show it',
    (text) => {
      const [problem, ...more] = problemsOf({ ...needed, BACKSTAY_NATS_URL: text });
      expect(problem).toMatch(/^BACKSTAY_NATS_URL: expected a URL .* percent-encoded$/);
      expect(problem).not.toContain(text);
      expect(more).toEqual([]);
    },
  );

  it.each([
    ['an nkey in a file', { BACKSTAY_NATS_CREDS: 'planning.nk' }],
    ['an nkey in the environment', { BACKSTAY_NATS_SEED: seed }],
    ['user and password in the URL', { BACKSTAY_NATS_URL: 'nats://backstay:secret@broker:4222' }],
    [
      'nothing at all where that is asked for, on loopback',
      { BACKSTAY_NATS_AUTH: 'none', BACKSTAY_NATS_URL: 'nats://[::1]:4222' },
    ],
  ])('connects to NATS by %s', (_what, environment) => {
    expect(problemsOf({ ...database, ...environment })).toEqual([]);
  });
});
