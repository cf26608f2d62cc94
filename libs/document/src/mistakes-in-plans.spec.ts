import { describe, expect, it } from 'vitest';
import { acceptPlan } from './planning/accept-plan.ts';
import { fixture, planOf, sha256 } from './testing/fixtures.test-support.ts';

const { plan } = planOf(fixture('orders-api.md'));
const secretly = (argument: string) => ({ text: `x ${argument}`, argv: ['x', argument] });

const written = (value: unknown, text: string) => ({
  kind: 'value',
  path: '$.id',
  operator: '=',
  value,
  written: text,
});

/** The plan in JSON with another value at a pointer; without one it is left out. */
function planted(pointer: string, value: unknown): unknown {
  const json: unknown = JSON.parse(JSON.stringify(plan));
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const parent = keys.slice(0, -1).reduce((each, key) => (each as Record<string, unknown>)[key], json) as Record<
    string,
    unknown
  >;
  if (value === undefined) delete parent[keys.at(-1)!];
  else parent[keys.at(-1)!] = value;
  return json;
}

describe('a planted mistake in a JSON plan is reported at its pointer, and nothing else is', () => {
  it.each<[name: string, at: string, value: unknown, named?: string]>([
    ['a name that a plan has not', '/colour', 'blue'],
    ['one of its parts neither', '/steps/2/action/colour', 'blue'],
    ['a name that pointers write otherwise', '/monitoring/a~1b~0c', 1],
    ['nothing where something is required', '/queue', undefined],
    ['a text in place of a number', '/monitoring/watchMs', '60s'],
    ['a number in place of a text', '/version', 2],
    ['no list', '/steps', {}],
    ['another language', '/grammar', 2],
    ['an impossible service', '/service', 'orders api'],
    ['an impossible environment', '/environment', 'The Cloud'],
    ['a queue that is none', '/queue', 'lifo'],
    ['a step without a title', '/steps/0/title', undefined],
    ['a step with the id of another', '/steps/1/id', 'pre.9'],
    ['a step of a stage that is none', '/steps/0/stage', 'before'],
    ['an action that is none', '/steps/0/action/kind', 'pray'],
    ['an unknown reaction to failure', '/steps/0/onFailure', 'panic'],
    ['an alert without a known action', '/monitoring/thresholds/0/action', 'shrug'],
    ['a quantile above all', '/monitoring/thresholds/1/quantile', 1.5],
    ['a comparison that is none', '/monitoring/thresholds/0/operator', '!='],
    ['a rule that is none', '/acceptanceCriteria/0/rule/kind', 'happiness'],
    [
      'a deployer of another version',
      '/steps/4/action',
      { kind: 'deploy', deployer: 'kubernetes', parts: ['place'] },
      '/steps/4/action/deployer',
    ],
    [
      'an expectation that is written twice',
      '/smokeTests/0/expect',
      [written(1, '12345678901234567890')],
      '/smokeTests/0/expect/0/value',
    ],
    [
      'one that is no JSON',
      '/smokeTests/0/expect',
      [written(null, '[12345678901234567890')],
      '/smokeTests/0/expect/0/written',
    ],
    ['a token in the repository', '/repository', 'https://ghp_0123456789@git.example.org/orders.git'],
    ['a password in the base URL', '/baseUrl', 'https://bot:hunter2@orders.example.org'],
    ['a token in a dashboard', '/monitoring/dashboards', ['https://a@grafana.example.org'], '/monitoring/dashboards/0'],
    ['a token in a channel', '/channels/team', 'webhook https://ghp_0123456789@hooks.example.org'],
    ['a secret in a command', '/steps/6/action/commands/0', secretly('${SMOKE_PASSWORD}')],
    ['a secret in an undo', '/steps/6/undo/commands/0', secretly('${DATABASE_URL}')],
    ['a secret in a wait', '/steps/7/waitUntil/command', secretly('${SMOKE_PASSWORD}')],
    ['a secret in a check of logs', '/steps/9/action/evidence/command', secretly('${SMOKE_PASSWORD}')],
    [
      'readiness that is not asked with GET',
      '/delivery',
      {
        deployer: 'release',
        hosts: ['local'],
        root: '/srv',
        start: secretly('y'),
        ready: { method: 'POST', path: '/' },
        keepReleases: 5,
      },
      '/delivery/ready',
    ],
    [
      'a secret in what serves',
      '/delivery',
      {
        deployer: 'release',
        hosts: ['local'],
        root: '/srv',
        start: secretly('${SMOKE_PASSWORD}'),
        ready: { method: 'GET', path: '/' },
        keepReleases: 5,
      },
      '/delivery/start',
    ],
    [
      'a step of the procedure in the rollback',
      '/rollback/steps/0',
      { ...plan.steps[0], number: 1 },
      '/rollback/steps/0/stage',
    ],
  ])('%s: %s', (_name, at, value, named = at) => {
    const accepted = acceptPlan(planted(at, value), sha256);
    const problems = accepted.ok ? [] : accepted.problems;
    expect(problems.map(({ message }) => message.split(': ', 1)[0])).toEqual([named]);
    expect(problems[0]).toMatchObject({ line: 1, column: 1, severity: 'error', code: 'bad-plan' });
    expect(problems[0]!.message).toMatch(/expected|known|remove|supported|visible/i);
  });
});
