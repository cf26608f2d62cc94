import { describe, expect, it } from 'vitest';
import { fixture } from './testing/fixtures.test-support.ts';
import { lint } from './reading/lint.ts';
import { parseDocument } from './reading/parse.ts';

describe('the template as it stands', () => {
  const parsed = parseDocument(fixture('template.md'));
  const problems = parsed.ok ? [] : parsed.problems;

  it('has nothing wrong but its placeholders', () => {
    expect([...new Set(problems.map(({ code }) => code))]).toEqual(['placeholder']);
  });

  it('reports all of them at once, each by its text', () => {
    const named = problems.map(({ line, message }) => `${line} ${/^\[.*?\]/.exec(message)?.[0]}`);
    expect(named).toEqual([
      '1 [Name]',
      '7 [service name]',
      '8 [version number]',
      '9 [git repository URL]',
      '10 [branch or tag to deploy]',
      '13 [staging | production | development]',
      '14 [AWS | GCP | Azure | on-premise]',
      '15 [deployment region]',
      '16 [if applicable]',
      '25 [Add environment-specific steps]',
      '28 [branch/tag]',
      '31 [target environment]',
      '34 [Add deployment-specific steps]',
      '42 [Add verification steps]',
      '77 [version]',
      '78 [timestamp]',
      '82 [Add rollback-specific steps]',
      '84 [X minutes]',
      '99 [Add critical flows]',
      '135 [List work items that must complete before deployment]',
      '138 [List work items that depend on this deployment]',
    ]);
  });
});

describe('the template filled in, linted without its context', () => {
  const problems = lint(fixture('notes-api.md'));

  it('says what bindings and profile must provide, and nothing else', () => {
    expect(problems.every(({ severity, code }) => severity === 'warning' && code === 'needs-context')).toBe(true);
  });

  it('shows the line to add, at the line that needs it', () => {
    const listed = problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
    expect(listed).toContain('21:4 add `evidence: { tests: junit reports/junit.xml }` to .backstay.yaml');
    expect(listed).toContain('28:4 add `build: npm ci --omit=dev` to .backstay.yaml');
    expect(listed).toContain('30:4 add `deployer: release` to the environment profile of notes-api in production');
    expect(listed).toContain('52:3 add `secrets: { AWS credentials: [AWS_CREDENTIALS] }` to .backstay.yaml');
    expect(listed).toContain('53:3 add `Database credentials: [DATABASE_CREDENTIALS]` to `secrets` in .backstay.yaml');
    expect(listed).toContain(
      '59:3 add `probes: { Load Balancer: http://… }` to the environment profile of notes-api in production',
    );
  });

  it('does not ask for what “(if applicable)” leaves out', () => {
    expect(problems.some(({ message }) => message.includes('migrate'))).toBe(false);
  });
});
