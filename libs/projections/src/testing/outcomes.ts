import type { CheckResult, Finding, ReleaseRef } from '@backstay/deployment';
import type { Actor } from '@backstay/event-sourcing';
import type { StepEnding } from './scenario.ts';

/** What effects return in the scenarios. */

export const previous: ReleaseRef = { version: '1.1.0', commit: null, release: 'r-1.1.0', deployment: 'd0' };
export const operator: Actor = { kind: 'person', name: 'operator' };

export const login = (passed = true, reason = 'responded with 500'): CheckResult => ({
  kind: 'smoke-test',
  title: 'User Login',
  passed,
  line: 112,
  attempts: 1,
  observed: { status: passed ? 200 : 500 },
  ...(passed ? {} : { reason }),
});
/** What fails says no version; what passes is, by default, the version that the examples restore. */
export const health = (passed = true): CheckResult => ({
  kind: 'health-check',
  title: 'Application health',
  passed,
  line: 124,
  attempts: 1,
  observed: {},
  ...(passed ? { served: previous.version } : { reason: 'refused the connection' }),
});

const finding = (code: string, subject: string, ok = true): Finding => ({
  code,
  subject,
  ok,
  blocking: false,
  message: ok ? 'responds' : 'does not respond',
});
export const goodFindings: readonly Finding[] = [
  finding('dashboard', 'http://127.0.0.1:7300/d/orders-api'),
  finding('metric', 'error rate'),
];

export const goodReport: StepEnding = {
  result: {
    evidence: {
      reader: 'junit',
      verdict: 'pass',
      attested: true,
      summary: '12 tests, 0 failures',
      facts: { tests: 12 },
      files: [],
    },
  },
};
export const goodSteps: Readonly<Record<string, StepEnding>> = {
  'pre.1': goodReport,
  'pre.2': { result: { delivered: true, channel: 'team' } },
  'deploy.2': { result: { release: 'r-1.2.0' } },
  'post.1': {
    result: {
      documentation: [
        { line: 160, text: 'CHANGELOG updated', verdict: 'pass', summary: 'the commit touches CHANGELOG.md' },
      ],
    },
  },
};
