import { describe, expect, it } from 'vitest';
import { fixture, planOf } from '../testing/fixtures.test-support.ts';
import { lint } from '../reading/lint.ts';
import { printPlan } from '../printing/print-plan.ts';

const notes = fixture('notes-api.md');
const withTrigger = (trigger: string, source = '') =>
  notes
    .replace('- Smoke tests fail\n', `- Smoke tests fail\n- ${trigger}\n`)
    .replace('## Monitoring & Alerting\n', `## Monitoring & Alerting\n${source}`);
const prometheus = '\n- Source: Prometheus at http://127.0.0.1:9090\n';
const triggerLine = notes.split('\n').indexOf('- Smoke tests fail') + 2;

describe('a trigger on an alert', () => {
  it.each([
    ['Alert HighLatency fires', 'HighLatency'],
    ['alert `Checkout is slow` fires.', 'Checkout is slow'],
  ])('%s', (line, alert) => {
    const { plan, blockers } = planOf(withTrigger(line, prometheus));
    const trigger = plan.rollback.triggers.find(({ rule }) => rule.kind === 'alert');
    expect(trigger).toMatchObject({ rule: { kind: 'alert', alert }, mode: 'active', source: { line: triggerLine } });
    expect(blockers).toEqual([]);
    expect(planOf(printPlan(plan)).plan.rollback.triggers).toContainEqual(
      expect.objectContaining({ rule: { kind: 'alert', alert } }),
    );
  });

  it('wants Prometheus of the document that names a source', () => {
    const scraped = withTrigger('Alert HighLatency fires', '\n- Source: scrape http://127.0.0.1:9090/metrics\n');
    expect(lint(scraped).filter(({ severity }) => severity === 'error')).toEqual([
      expect.objectContaining({ line: triggerLine, column: 3, code: 'unsupported' }),
    ]);
  });

  it('wants Prometheus of the profile where the document names none', () => {
    const { blockers } = planOf(withTrigger('Alert HighLatency fires'));
    expect(blockers).toEqual([
      expect.objectContaining({
        code: 'missing-profile-entry',
        line: triggerLine,
        message: expect.stringContaining('metrics: prometheus http://…'),
      }),
    ]);
  });
});
