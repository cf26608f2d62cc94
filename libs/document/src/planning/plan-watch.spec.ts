import { describe, expect, it } from 'vitest';
import { lint } from '../reading/lint.ts';
import { planOf } from '../testing/fixtures.test-support.ts';

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
  lint(document(parts)).filter(({ code }) => ['watched-by-checks', 'nothing-watched'].includes(code));

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

  it('that nobody asks for is none', () => {
    const parts = { checks: health };
    expect(planned(parts).plan.monitoring).not.toHaveProperty('watchedBy');
    expect(codesOf(parts)).toEqual([]);
  });
});

describe('a watch with metrics', () => {
  it('measures', () => {
    const measured = '- Source: scrape http://127.0.0.1:8080/metrics\n- Error rate > 5%: Rollback immediately';
    const parts = { checks: health, monitoring: `${watch}\n${measured}` };
    expect(codesOf(parts)).toEqual([]);
  });
});
