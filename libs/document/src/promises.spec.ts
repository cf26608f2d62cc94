import { describe, expect, it } from 'vitest';
import { parseBindings } from './context/bindings.ts';
import { bindings, fixture, planOf } from './testing/fixtures.test-support.ts';
import { lint } from './reading/lint.ts';
import { parseProfiles } from './context/profiles.ts';

const notes = fixture('notes-api.md');
const quiet = new Set(lint(notes).map(({ message }) => message));

/** What lint reports for the filled template once something is written in the place of something else. */
function problemsOf(before: string, after: string): string[] {
  if (!notes.includes(before)) throw new Error(`stands nowhere: ${before}`);
  const problems = lint(notes.replace(before, after)).filter(({ message }) => !quiet.has(message));
  return problems.map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`);
}

const window = '4. Notify team of deployment window\n';
const step = (...lines: string[]): string => `${window}5. One more\n${lines.map((line) => `   - ${line}\n`).join('')}`;

describe('none', () => {
  it.each([
    ['- Cache: Redis 6+', '- Cache: n/a'],
    ['- CDN: CloudFront distribution ready', '- CDN: none'],
    ['- API tokens (third-party services)', '- API tokens: none'],
    ['- Cache connectivity: verified', '- Cache connectivity: n/a'],
    ['**Estimated Rollback Time:** 5 minutes', '**Estimated Rollback Time:** none'],
    ['**Blocks:**\n- deployment of notes-web 2.0.0 to production', '**Blocks:** none'],
  ])('is the value of any optional line: %s', (before, after) => {
    expect(problemsOf(before, after)).toEqual([]);
  });
});

describe('values in backticks', () => {
  it.each([
    ['- Environment: production', '- Environment: `production`\n- Hosts: `local`'],
    [window, step('Run: `a`', 'Undo: none', 'On: `local`', 'Failure: Ask `on-call`')],
  ])('are those without them: %s', (before, after) => {
    expect(problemsOf(before, after)).toEqual([]);
  });
});

describe('a document for several environments', () => {
  it('names them with and without backticks', () => {
    const [coded, bare] = ['`production`, `staging`', 'production, staging'].map((names) =>
      problemsOf('- Environment: production', `- Environment: ${names}`),
    );
    expect(coded).toEqual(bare);
  });

  it('is linted as one of those in which it can be planned, with a warning of what is wrong elsewhere', () => {
    expect(problemsOf('- Environment: production', '- Environment: staging, production')).toEqual([
      '30:4 warning environment-mismatch',
    ]);
    expect(problemsOf('- Environment: production', '- Environment: staging, development')).toContainEqual(
      expect.stringContaining('error environment-mismatch'),
    );
  });
});

describe('a variable that would be taken as it stands is refused', () => {
  it.each([
    ['as base URL', '- Cluster/Namespace: notes', '- Base URL: ${LOG_LEVEL}'],
    ['as repository', '- Repository: file:///srv/git/notes-api.git', '- Repository: ${LOG_LEVEL}'],
    ['in a folder', window, step('Run: `a`', 'Undo: none', 'Directory: `a/${VERSION}`')],
    ['in the folder of a checkout', window, step('Checkout: /srv/a.git at main into `a/${VERSION}`')],
    ['in the place of a report', window, step('Evidence: junit `${VERSION}.xml`')],
    ['in an address of evidence', window, step('Evidence: url `http://127.0.0.1:3100/${VERSION}`')],
    ['as metric source', '## Monitoring & Alerting\n', '## Monitoring & Alerting\n\n- Source: scrape `${LOG_LEVEL}`\n'],
  ])('%s', (_where, before, after) => {
    expect(problemsOf(before, after)).toContainEqual(expect.stringContaining('error unsupported'));
  });

  it('and one without a shell, that is none, is reported', () => {
    expect(problemsOf(window, step('Run: `a $HOME`', 'Undo: none'))).toEqual(['26:14 warning shell-syntax']);
    expect(problemsOf(window, step("Run: `a '$HOME'`", 'Undo: none'))).toEqual([]);
    expect(problemsOf(window, step('Run: `a $LOG_LEVEL`', 'Shell: yes', 'Undo: none'))).toEqual([]);
  });
});

describe('a secret', () => {
  it.each([
    ['in a header', step('Request: GET /x', 'Header: `Authorization: <secret: X>`')],
    ['in a body', step('Request: POST /x', 'Body: `{"a": "<secret: X>"}`', 'Undo: none')],
    ['in a command', step('Run: `a "<secret: X>"`', 'Undo: none')],
  ])('is written as a name, and not as itself, %s', (_where, after) => {
    expect(problemsOf(window, after)).toEqual([expect.stringContaining('error bad-value')]);
  });

  it('does not stand in the address of a checkout, which git is given as an argument', () => {
    expect(problemsOf(window, step('Checkout: `${API_KEY}` at `main`'))).toEqual(['26:17 error secret-in-argv']);
    expect(problemsOf(window, step('Checkout: `https://a:b@h/x.git` at `main`'))).toEqual([
      '26:17 error secret-in-url',
    ]);
    expect(problemsOf(window, step('Checkout: somewhere at main'))).toEqual(['26:16 error bad-url']);
  });
});

describe('a variable of a checkout that nobody declares', () => {
  it('is reported', () => {
    const text = fixture('orders-api.md').replace('at `v2.4.0`', 'at `${NOBODY}`');
    expect(lint(text)).toContainEqual(expect.objectContaining({ line: 38, code: 'unknown-variable' }));
  });
});

describe('the name of an environment nearly right', () => {
  it.each([
    ['- deployment of notes-schema 1.1.0 to production', '- deployment of notes-schema 1.1.0 to prodution'],
    [window, step('Evidence: deployment of this version in stagng')],
  ])('is an error: %s', (before, after) => {
    expect(problemsOf(before, after)).toEqual([expect.stringContaining('error bad-value')]);
  });

  it('and a step for none of the scope’s is reported as one that never runs', () => {
    expect(problemsOf(window, step('Run: `a`', 'Undo: none', 'Only in: pre-prod'))).toEqual([
      '25:4 warning environment-mismatch',
    ]);
    expect(problemsOf(window, step('Run: `a`', 'Undo: none', 'Only in: pre-prod, production'))).toEqual([]);
  });
});

describe('what can never happen is reported', () => {
  const monitoring = '## Monitoring & Alerting\n';
  it.each([
    ['a watch without a tick', monitoring, `${monitoring}\n- Watch for 5s\n`, 'never-passes'],
    ['one with fewer than the least', monitoring, `${monitoring}\n- Watch for 2s, every 1s\n`, 'never-passes'],
    ['more samples than ticks', monitoring, `${monitoring}\n- Minimum samples: 1000\n`, 'never-passes'],
    ['a limit that lasts longer', '- CPU > 80%:', '- CPU > 80% for 1h:', 'never-breaches'],
  ])('%s', (_what, before, after, code) => {
    expect(problemsOf(before, after)).toEqual([expect.stringMatching(`warning ${code}$`)]);
  });
});

describe('a restore', () => {
  it('names the step that makes the backup; nothing else shows which', () => {
    expect(problemsOf('backup of step 3', 'backup 2026-01-31T00:00')).toEqual([
      expect.stringContaining('error unknown-backup'),
    ]);
    expect(problemsOf('backup of step 3', 'backup of step 3 or so')).toEqual([
      expect.stringContaining('error unknown-backup'),
    ]);
    expect(problemsOf('backup of step 3', 'the backup of pre-deployment step 3.')).toHaveLength(1);
  });
});

describe('performance degradation', () => {
  const ruleOf = (text: string) =>
    planOf(
      notes.replace('- Performance degradation > 50%', `- Performance degradation > 50%${text}`),
    ).plan.rollback.triggers.find(({ rule }) => rule.kind === 'degradation')?.rule;

  it.each([
    [' beyond 200ms', { beyondMs: 200 }],
    [' beyond 0ms', { beyondMs: 0 }],
    [' beyond 1s over 1m for 20s', { beyondMs: 1_000, overMs: 60_000, forMs: 20_000 }],
    [' beyond 5s over 5s for 5s', { beyondMs: 5_000, overMs: 5_000, forMs: 5_000 }],
  ])('has an absolute minimum where the document says so:%s', (text, expected) => {
    expect(ruleOf(text)).toMatchObject({ ratio: 0.5, ...expected });
  });

  it.each(['- CPU > 80%: Warning', '- Request rate'])('is measured for a trigger alone: not %s', (line) => {
    const end = line.includes(':') ? ' > 50%: Warning' : '';
    expect(problemsOf(line, `- Performance degradation${end}`)).toEqual([expect.stringContaining('error unsupported')]);
  });
});

describe('a database that no phrase can back up', () => {
  it.each(['MySQL 8+', 'PostgreSQL 14+'])('is not left out in silence: %s with a probe', (database) => {
    const text = notes.replace('- Database: PostgreSQL 14+', `- Database: ${database}\n  - Probe: \`ping\``);
    expect(planOf(text).blockers).toEqual([expect.objectContaining({ code: 'unsupported-backup', line: 23 })]);
    expect(planOf(text.replace('production state', 'production state (if applicable)')).blockers).toEqual([]);
  });
});

describe('the title', () => {
  it('is not a section nearly right', () => {
    expect(problemsOf('# Deployment: notes-api 1.1.0', '# Smoke Test')).toContain('1:3 error unknown-section');
  });

  it('has only prose below it, which is reported where it looks like lines', () => {
    const title = '# Deployment: notes-api 1.1.0\n';
    expect(problemsOf(title, `${title}\n- Window: Mon 09:00-10:00 UTC\n`)).toEqual(['1:3 warning unknown-section']);
    expect(problemsOf(title, `${title}\n- for the team\n`)).toEqual([]);
  });
});

describe('bindings', () => {
  it('whose secret is missing are reported as such, rather than each variable that it would name', () => {
    const text = fixture('orders-api.md').replace('(`SMOKE_USER`, `SMOKE_PASSWORD`)', '');
    expect(planOf(text).blockers).toEqual([
      expect.objectContaining({ code: 'missing-binding', message: expect.stringContaining('Smoke test account') }),
    ]);
  });

  it.each([
    ['version', { version: { request: { method: 'GET', path: '/${NOBODY}' }, jsonPath: '$.v' } }],
    ['Loki', { logs: { files: [], critical: ['x'], allow: [], loki: { url: 'http://${NOBODY}', query: '{a="b"}' } } }],
    [
      'its query',
      {
        logs: {
          files: [],
          critical: ['x'],
          allow: [],
          loki: { url: 'http://127.0.0.1:3100', query: '{a="${NOBODY}"}' },
        },
      },
    ],
  ])('name nothing in addresses that nobody declares: %s', (_what, changes) => {
    const { blockers } = planOf(notes, { bindings: { ...bindings(), ...changes } });
    expect(blockers).toEqual([expect.objectContaining({ code: 'unknown-variable' })]);
  });

  it.each([
    ['ready: GET /${NAME}', 'unsupported'],
    ['documentation: { runbok: docs/runbook.md }', 'unknown-key'],
    ['evidence: { tests: "junit ${NAME}.xml" }', 'unsupported'],
  ])('%s', (text, code) => {
    expect(parseBindings(text)).toMatchObject({ ok: false, problems: [{ code }] });
  });
});

describe('a profile', () => {
  const service = (lines: string): string => `environments: { production: { services: { a: { ${lines} } } } }`;

  it.each(['127.0.0.1:*', '*.example.org:443', 'api.example.org', '[::1]:80'])('allows %s', (pattern) => {
    expect(parseProfiles(service(`allow: ["${pattern}"]`))).toMatchObject({ ok: true });
  });

  it.each(['http://a', 'a:80-90', 'a b:80', ''])('allows nothing that is not a host and port: %p', (pattern) => {
    expect(parseProfiles(service(`allow: ["${pattern}"]`))).toMatchObject({ problems: [{ code: 'bad-value' }] });
  });
});

describe('a deployer that this version lacks', () => {
  it('is an error also where only commands deploy', () => {
    const text = fixture('orders-api.md').replace('4. Restart services', '4. Switch');
    const { plan } = planOf(text);
    expect(plan.delivery).toBeNull();
    const profile = { ...profileOf(), deployer: 'kubernetes' };
    expect(planOf(text, { profile }).blockers).toEqual([
      expect.objectContaining({ code: 'unsupported-deployer', line: 1 }),
    ]);
  });
});

function profileOf() {
  const parsed = parseProfiles(fixture('environments.yaml'));
  return (parsed.ok ? parsed.profiles : undefined)!.environments['production']!.services['orders-api']!;
}
