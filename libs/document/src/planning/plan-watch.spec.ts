import { describe, expect, it } from 'vitest';
import type { Plan } from '../plan/plan.ts';
import { trafficFlows } from '../plan/traffic.ts';
import { lint } from '../reading/lint.ts';
import { planOf, profiles } from '../testing/fixtures.test-support.ts';
import { serviceProfile } from '../context/profiles.ts';
import { silenceLines, withoutTraffic } from './silence.ts';

const health = '**Health Checks:**\n- Application health: GET /health\n';
const flows = '**Critical User Flows:**\n1. GET /notes\n   - Expected: 200 OK\n';
const watch = '- Watch for 10s, every 1s';
const document = ({ checks = '', monitoring = '' }) => `# Deployment

## Deployment Scope

- Name: notes-api
- Version: 1.1.0
- Environment: staging
- Base URL: http://127.0.0.1:8080

## Deployment Procedure

**Deployment Steps:**
1. Greet
   - Run: \`echo hello\`
   - Undo: none

## Smoke Tests

${checks}
## Monitoring & Alerting

${monitoring}
`;

const planned = (parts: Parameters<typeof document>[0], changes = {}) =>
  planOf(document(parts), { profile: undefined, bindings: undefined, ...changes });
const codesOf = (parts: Parameters<typeof document>[0]) =>
  lint(document(parts)).filter(({ code }) => ['watched-by-checks', 'nothing-watched', 'not-watched'].includes(code));

describe('a watch without metrics', () => {
  it('goes by health checks and smoke tests, and lint and plan say so', () => {
    const parts = { checks: `${health}\n${flows}`, monitoring: watch };
    expect(planned(parts).plan.monitoring).toMatchObject({ watchMs: 10_000, everyMs: 1_000, watchedBy: 'checks' });
    expect(codesOf(parts)).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'watched-by-checks',
        message:
          'no metric is named: the watch of 10s repeats 1 health check and 1 smoke test, every 1s; write a metric to have it measured',
        line: document(parts).split('\n').indexOf(watch) + 1,
      }),
    ]);
    expect(planned(parts).warnings.map(({ code }) => code)).toContain('watched-by-checks');
  });

  it('has nothing to go by without checks, and is not dropped without a word', () => {
    const parts = { monitoring: watch };
    expect(planned(parts).plan.monitoring).not.toHaveProperty('watchedBy');
    expect(codesOf(parts)).toEqual([expect.objectContaining({ severity: 'warning', code: 'nothing-watched' })]);
  });

  it('that nobody asks for is none, and lint and plan say that nobody watches', () => {
    const parts = { checks: health };
    expect(planned(parts).plan.monitoring).not.toHaveProperty('watchedBy');
    const line = document(parts).split('\n').indexOf('## Monitoring & Alerting') + 1;
    expect(codesOf(parts)).toEqual([expect.objectContaining({ severity: 'warning', code: 'not-watched', line })]);
    expect(planned(parts).warnings.map(({ code }) => code)).toContain('not-watched');
  });

  it('that the profile asks for is one', () => {
    const usual = serviceProfile(profiles(), 'production', 'orders-api')!;
    const { plan, warnings } = planned({ checks: health }, { profile: { ...usual, monitoring: { watchMs: 60_000 } } });
    expect(plan.monitoring).toMatchObject({ watchMs: 60_000, watchedBy: 'checks' });
    expect(warnings.map(({ code }) => code)).not.toContain('not-watched');
  });
});

describe('a watch with metrics', () => {
  it('measures', () => {
    const measured =
      '- Source: scrape http://127.0.0.1:8080/metrics\n\n**Alert Thresholds:**\n- Error rate > 5%: Rollback immediately';
    const parts = { checks: health, monitoring: `${watch}\n${measured}` };
    expect(codesOf(parts)).toEqual([]);
    expect(planned(parts).plan.monitoring).not.toHaveProperty('watchedBy');
  });
});

describe('a service without traffic', () => {
  const login = '1. Log in\n   - Endpoint: POST /login\n   - Expected: 200 OK, returns JWT token at `$.token`\n';
  const own = '2. GET /mine\n   - Header: `Authorization: Bearer ${smoke.1.token}`\n   - Expected: 200\n';
  const notes = '3. GET /notes\n   - Expected: 200 OK\n';
  const measured = '- Watch for 10m, every 10s\n- Source: scrape http://127.0.0.1:8080/metrics\n';
  const errors = '- Error rate > 5%: Rollback immediately';
  const of = (traffic = '', { limits = errors, checks = `**Critical User Flows:**\n${login}${own}${notes}` } = {}) => ({
    checks,
    monitoring: `${measured}${traffic}\n\n**Alert Thresholds:**\n${limits}`,
  });
  const inProduction = (parts: Parameters<typeof document>[0]) =>
    planOf(document(parts).replace('Environment: staging', 'Environment: production'), {
      profile: undefined,
      bindings: undefined,
    }).plan;
  const yes = '- Traffic from smoke tests: yes\n';
  const no = '- Traffic from smoke tests: no\n';
  const flowsOf = (plan: Plan) => trafficFlows(plan).map(({ number }) => number);

  it.each([
    ['by default outside production, of the flows that only read', planned(of()).plan, [3]],
    ['all flows where the document asks for it', planned(of(yes)).plan, [1, 2, 3]],
    ['none where the document says no', planned(of(no)).plan, []],
    ['none by default in production', inProduction(of()), []],
    ['all flows in production where the document asks for it', inProduction(of(yes)), [1, 2, 3]],
    [
      'none where a limit on the request rate says what no traffic means',
      planned(of(yes, { limits: '- Request rate < 1/s: Page on-call' })).plan,
      [],
    ],
    [
      'none where no metric counts requests',
      planned(of(yes, { limits: '- CPU > 80%: Rollback immediately' })).plan,
      [],
    ],
  ] as const)('has that of smoke tests: %s', (_what, plan, flows) => {
    expect(flowsOf(plan)).toEqual(flows);
  });

  it.each([
    [of(yes, { limits: '- Request rate < 1/s: Page on-call' }), /line \d+ limits the request rate/],
    [of(yes, { limits: '- CPU > 80%: Rollback immediately' }), /no metric counts requests/],
    [of(yes, { checks: health }), /no smoke test is named/],
  ])('is not left to a line that says nothing', (parts, message) => {
    const found = lint(document(parts)).filter(({ code }) => code === 'no-traffic');
    expect(found).toEqual([expect.objectContaining({ severity: 'warning', message: expect.stringMatching(message) })]);
    expect(document(parts).split('\n')[found[0]!.line - 1]).toBe(yes.trim());
  });

  it.each([
    [
      'synthetic traffic',
      of(),
      /^1 smoke test of 3 \(GET \/notes\) as traffic; where there is still no data, on-call is asked after 1 min/,
    ],
    ['asking', of(no), /smoke tests: no`\); on-call is asked after 1 min without data, and nothing is rolled back$/],
    [
      'what the document says',
      of(`${no}- On no data: wait 30s then fail`),
      /; it is rolled back after 30 s without data \(`On no data`\)$/,
    ],
    ['another duty', of(`${no}- On no data: wait 30s then ask dba`), /; dba is asked after 30 s/],
    [
      'asking at the end, without a limit',
      of(no, { limits: '- Error rate > 5%: Warning' }),
      /; on-call is asked at the end of the watch/,
    ],
    ['checks', { checks: health, monitoring: watch }, /^the checks are repeated instead of metrics$/],
    ['shadow', of(`${no}- Mode: shadow`), /; that is recorded \(shadow mode\)$/],
    [
      'flows that change data',
      of('', { checks: `**Critical User Flows:**\n${login}${own}` }),
      /^no smoke test only reads/,
    ],
  ])('is spoken of: %s', (_what, parts, sentence) => {
    expect(withoutTraffic(planned(parts).plan)).toMatch(sentence);
    expect(silenceLines(document(parts))).toEqual([
      `without traffic in staging: ${withoutTraffic(planned(parts).plan)}`,
    ]);
  });

  it('is spoken of for each environment that the document is for', () => {
    const text = document(of()).replace('Environment: staging', 'Environment: staging, production');
    expect(silenceLines(text)).toEqual([
      expect.stringMatching(/^without traffic in staging: 1 smoke test of 3/),
      expect.stringMatching(/^without traffic in production: no traffic of its own in production/),
    ]);
  });
});
