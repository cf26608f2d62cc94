import { describe, expect, it } from '@jest/globals';
import { fixture } from './fixtures.test-support.ts';
import type { ProblemCode } from './problem-codes.ts';
import { parseDocument } from './parse.ts';
import type { Problem } from './problem.ts';

const notes = fixture('notes-api.md');
const orders = fixture('orders-api.md');

/** What is written in place of what; ‸ marks where the problem is told, one for each code. */
interface Mistake {
  readonly name: string;
  readonly in: string;
  readonly from: string;
  readonly to: string;
  readonly codes: readonly ProblemCode[];
}

function mistake(name: string, document: string, from: string, to: string, ...codes: ProblemCode[]): Mistake {
  return { name, in: document, from, to, codes };
}

const mistakes: readonly Mistake[] = [
  // Sections
  mistake('a heading nearly right', notes, '## Smoke Tests', '## ‸Smoke Test', 'unknown-section'),
  mistake('a bold label nearly right', notes, '**Alert Thresholds:**', '**‸Alert Treshold:**', 'unknown-section'),
  mistake('a section twice', notes, '## Dependencies', '## ‸Documentation\n\n## Dependencies', 'repeated-section'),
  mistake(
    'bullets below an unknown label',
    notes,
    '**Blocks:**',
    '**‸Side notes:**\n- hello\n\n**Blocks:**',
    'unknown-section',
  ),
  mistake(
    'bullets above their label',
    notes,
    '**Blocked By:**',
    '- ‸deployment of a 1.0.0 to production\n\n**Blocked By:**',
    'misplaced-line',
  ),
  mistake(
    'steps directly under the procedure',
    notes,
    '### Pre-Deployment Steps',
    '1. ‸Run smoke tests\n\n### Pre-Deployment Steps',
    'misplaced-line',
  ),
  // Scope
  mistake('a name with white space', notes, '- Name: notes-api', '- Name: ‸Notes API', 'bad-name'),
  mistake(
    'no version',
    notes,
    '## Deployment Scope\nThe notes service learns to share a note by link.\n\n**Application/Service:**\n- Name: notes-api\n- Version: 1.1.0\n',
    '## Deployment Scope\n\n**‸Application/Service:**\n- Name: notes-api\n',
    'missing-line',
  ),
  mistake('an impossible version', notes, '- Version: 1.1.0', '- Version: ‸one point one', 'bad-version'),
  mistake(
    'a repository that is none',
    notes,
    '- Repository: file:///srv/git/notes-api.git',
    '- Repository: ‸notes-api',
    'bad-url',
  ),
  mistake(
    'a password in the repository',
    notes,
    'file:///srv/git/notes-api.git',
    '‸https://bot:hunter2@git.example/notes.git',
    'secret-in-url',
  ),
  mistake('an environment misspelt', notes, '- Environment: production', '- Environment: ‸prodution', 'bad-value'),
  mistake('a cloud that is none', notes, '- Cloud Provider: on-premise', '- Cloud Provider: ‸on-premises', 'bad-value'),
  mistake('a label misspelt', notes, '- Cloud Provider: on-premise', '- ‸Cloud Povider: on-premise', 'unknown-line'),
  mistake(
    'a line twice',
    notes,
    '- Cloud Provider: on-premise',
    '- Cloud Provider: on-premise\n- ‸Cloud Provider: AWS',
    'repeated-line',
  ),
  mistake('hosts over SSH', notes, '- Region/Zone: eu-central', '- Hosts: ‸web1, web2', 'unsupported'),
  mistake(
    'a window without a zone',
    notes,
    '- Region/Zone: eu-central',
    '- Window: ‸Mon-Thu 09:00-16:00',
    'bad-window',
  ),
  mistake(
    'a window in a zone that is none',
    notes,
    '- Region/Zone: eu-central',
    '- Window: ‸Mon-Thu 09:00-16:00 Europe/Berln',
    'bad-window',
  ),
  mistake(
    'a base URL without a scheme',
    orders,
    '`http://127.0.0.1:18080`\n\n## Dep',
    '`‸127.0.0.1:18080`\n\n## Dep',
    'bad-url',
  ),
  mistake('an empty value', notes, '- Version: 1.1.0', '- ‸Version:', 'missing-value'),
  // Markdown traps
  mistake('a placeholder', notes, '- Name: notes-api', '- Name: ‸[service name]', 'placeholder'),
  mistake('a placeholder in the title', notes, '# Deployment: notes-api 1.1.0', '# Deployment: ‸[Name]', 'placeholder'),
  mistake(
    'a placeholder step',
    notes,
    '4. Notify team of deployment window',
    '4. Notify team of deployment window\n5. ‸[Add environment-specific steps]',
    'placeholder',
  ),
  mistake('a placeholder in a bold label', notes, '5 minutes', '‸[X minutes]', 'placeholder'),
  mistake('a placeholder variable', notes, 'LOG_LEVEL=info', 'LOG_LEVEL=‸[level]', 'placeholder'),
  mistake('a tag that readers cannot see', notes, '- Error rate exceeds 5%', '- Error rate exceeds ‸<integer>', 'html'),
  mistake('a quotation by accident', notes, '- Error rate exceeds 5%', '- ‸> 5%', 'quotation'),
  mistake(
    'a line swallowed by the bullet above',
    notes,
    '- Version: 1.1.0',
    '- Name2: x\n‸Version: 1.1.0'.replace('- Name2: x\n', ''),
    'swallowed-line',
  ),
  mistake(
    'a backtick that nothing closes',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: ‸`node migrate.mjs up',
    'unclosed-backtick',
  ),
  mistake(
    'a fence that nothing closes',
    notes,
    'LOG_LEVEL=info\n```\n\n**Required Secrets:**\n- AWS credentials (access key, secret key)\n- Database credentials (username, password)\n- API tokens (third-party services)\n',
    'LOG_LEVEL=info\n```\n\n**Required Secrets:**\n- none\n\n‸```\n- AWS',
    'unclosed-fence',
  ),
  mistake(
    'a table in place of bullets',
    notes,
    '- Smoke tests fail\n',
    '- Smoke tests fail\n\n‸| Trigger | Limit |\n|---|---|\n| Error rate | 5% |\n\n',
    'table',
  ),
  mistake(
    'a table that its code divides',
    notes,
    '- Smoke tests fail\n',
    '- Smoke tests fail\n\n‸| Trigger | `a|b` |\n|---|---|\n\n',
    'table',
  ),
  mistake(
    'prose that looks like a line',
    notes,
    '**Metrics to Monitor:**',
    '‸Watch for 60s, every 1s\n\n**Metrics to Monitor:**',
    'unread-prose',
  ),
  mistake('HTML among the bullets', notes, '**Blocks:**', '‸<details>\n\n**Blocks:**', 'html'),
  mistake('a bullet without text', notes, '- Smoke tests fail', '- Smoke tests fail\n‸-', 'empty-line'),
  mistake(
    'a bullet indented too little',
    orders,
    '   - Run: `npm ci --omit=dev`\n   - Effect: idempotent\n   - Mutates: no\n   - Timeout: 5m\n',
    '  ‸- Run: `npm ci --omit=dev`\n  ‸- Mutates: no\n',
    'outdented-bullet',
    'outdented-bullet',
  ),
  mistake(
    'a bullet not indented at all',
    orders,
    '   - Run: `npm ci --omit=dev`\n   - Effect: idempotent\n   - Mutates: no\n   - Timeout: 5m\n3. Run database migrations\n',
    '   - Run: `npm ci --omit=dev`\n   - Mutates: no\n‸- Timeout: 5m\n3. Run database migrations\n',
    'unnumbered-step',
  ),
  mistake(
    'a heading inside of a bullet',
    notes,
    '- Smoke tests fail',
    '- Smoke tests fail\n  ## ‸Smoke Tests',
    'heading-in-item',
  ),
  // Steps
  mistake('an unknown step', notes, '2. Build application artifacts', '2. ‸Compile everything', 'unknown-step'),
  mistake('a phrase nearly right', notes, '1. Run smoke tests', '1. ‸Run smok tests', 'unknown-step'),
  mistake('an action in the title', notes, '2. Build application artifacts', '2. ‸Run: `make`', 'unknown-step'),
  mistake(
    'two actions',
    orders,
    '   - Undo: `node migrate.mjs down`',
    '   - Undo: `node migrate.mjs down`\n   - ‸Wait: 5s',
    'two-actions',
  ),
  mistake(
    'a command outside of backticks',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: ‸node migrate.mjs up',
    'missing-backticks',
  ),
  mistake(
    'a command that needs a shell',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: `node migrate.mjs up ‸&& echo done`',
    'shell-syntax',
  ),
  mistake('a pipe', orders, '- Run: `node migrate.mjs up`', '- Run: `node migrate.mjs up ‸| tee log`', 'shell-syntax'),
  mistake(
    'a quote that nothing closes',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: `node ‸"migrate.mjs up`',
    'shell-syntax',
  ),
  mistake(
    'a modifier misspelt',
    orders,
    '- Undo: `node migrate.mjs down`',
    '- ‸Undoo: `node migrate.mjs down`',
    'unknown-line',
  ),
  mistake('a modifier twice', orders, '   - Timeout: 10m\n', '   - Timeout: 10m\n   - ‸Timeout: 5m\n', 'repeated-line'),
  mistake('a duration without a unit', orders, '- Timeout: 10m', '- Timeout: ‸10', 'bad-duration'),
  mistake(
    'an action on failure that is none',
    orders,
    '   - Failure: Rollback immediately\n4.',
    '   - Failure: ‸Give up\n4.',
    'bad-value',
  ),
  mistake(
    'a secret in a command',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: `node migrate.mjs up ‸${DATABASE_URL}`',
    'secret-in-argv',
  ),
  mistake(
    'a secret in an undo',
    orders,
    '- Undo: `node migrate.mjs down`',
    '- Undo: `node migrate.mjs down ‸${SMOKE_PASSWORD}`',
    'secret-in-argv',
  ),
  mistake(
    'an unknown variable',
    orders,
    '- Run: `node migrate.mjs up`',
    '- Run: `node migrate.mjs up ‸${LOG_LEVLE}`',
    'unknown-variable',
  ),
  mistake(
    'a directory that leaves the workspace',
    orders,
    '- Directory: `source/ops`',
    '- Directory: `‸../ops`',
    'bad-path',
  ),
  mistake(
    'another branch than the scope',
    notes,
    '1. Pull latest code from v1.1.0',
    '1. ‸Pull latest code from main',
    'ref-mismatch',
  ),
  mistake(
    'another environment than the scope',
    notes,
    '4. Deploy to production',
    '4. ‸Deploy to staging',
    'environment-mismatch',
  ),
  mistake(
    'a deployer of another version',
    orders,
    '   - Run: `./switch 2.4.0`',
    '   - Deploy: ‸kubernetes',
    'unsupported',
  ),
  mistake(
    'traffic',
    orders,
    '   - Run: `./switch 2.4.0`',
    '   - Traffic: ‸10% to new via HAProxy `/run/haproxy.sock`, backend `orders`',
    'unsupported',
  ),
  mistake(
    'steps on another host',
    orders,
    '   - Undo: `node migrate.mjs down`',
    '   - Undo: `node migrate.mjs down`\n   - On: ‸web1',
    'unsupported',
  ),
  mistake(
    'evidence misspelt',
    orders,
    '- Evidence: junit `reports/junit.xml`',
    '- Evidence: ‸junitt `reports/junit.xml`',
    'bad-value',
  ),
  mistake(
    'a duty of two words',
    orders,
    '- Manual: confirmed by tech-writer',
    '- Manual: ‸confirmed by tech writer',
    'bad-value',
  ),
  mistake(
    'a number that skips one',
    notes,
    '4. Notify team of deployment window',
    '‸6. Notify team of deployment window',
    'step-number',
  ),
  mistake(
    'a sub-bullet of a sub-bullet',
    orders,
    '   - Undo: `node migrate.mjs down`',
    '   - Undo: `node migrate.mjs down`\n      - ‸Timeout: 5m',
    'nested-line',
  ),
  mistake(
    'a stray fence',
    orders,
    '   - Undo: `node migrate.mjs down`',
    '   - Undo: `node migrate.mjs down`\n   ‸```\n   npm test\n   ```',
    'stray-fence',
  ),
  mistake('a step that nothing undoes', orders, '   - Undo: `node migrate.mjs down`\n', '', 'no-undo'),
  mistake(
    'an expectation of an answer for a command',
    orders,
    '   - Undo: `node migrate.mjs down`',
    '   - Undo: `node migrate.mjs down`\n   - Expected: ‸200 OK',
    'wrong-clause',
  ),
  mistake('a retry without a pause', orders, '- Retry: 3 times every 1s', '- Retry: ‸3 times', 'bad-value'),
  // Environment configuration
  mistake('a variable that is none', notes, 'LOG_LEVEL=info', '‸LOG LEVEL info', 'bad-value'),
  mistake('a variable twice', notes, 'LOG_LEVEL=info', 'LOG_LEVEL=info\n‸LOG_LEVEL=debug', 'repeated-line'),
  mistake('a secret with an impossible name', notes, '<secret: NOTES_API_KEY>', '‸<secret: notes api key>', 'bad-name'),
  mistake(
    'a dependency that cannot be checked',
    notes,
    '- Load Balancer: configured',
    '- Load Balancer: ‸HAProxy',
    'unknown-line',
  ),
  mistake('a database of another kind', notes, '- Database: PostgreSQL 14+', '- Database: ‸MySQL 8+', 'unsupported'),
  // Rollback
  mistake('a trigger that is none', notes, '- Smoke tests fail', '- ‸Smoke tests explode', 'unknown-line'),
  mistake('a trigger on an alert', notes, '- Smoke tests fail', '- ‸Alert HighLatency fires', 'unsupported'),
  mistake('a value without its unit', notes, '- Error rate exceeds 5%', '- Error rate exceeds ‸5', 'missing-unit'),
  mistake(
    'a value with the unit of another metric',
    notes,
    '- Error rate exceeds 5%',
    '- Error rate exceeds ‸5s',
    'wrong-unit',
  ),
  mistake('a metric that is none', notes, '- Error rate exceeds 5%', '- ‸Eror rate exceeds 5%', 'unknown-metric'),
  mistake(
    'a restore of what no step backs up',
    notes,
    '3. Restore database to backup of step 3',
    '3. ‸Restore database to backup of step 2',
    'unknown-backup',
  ),
  mistake(
    'an undo in the rollback',
    orders,
    '1. Stop new deployment\n',
    '1. Stop new deployment\n   - ‸Undo: `x`\n',
    'wrong-modifier',
  ),
  mistake(
    'a rollback of the rollback',
    orders,
    '1. Stop new deployment\n',
    '1. Stop new deployment\n   - Failure: ‸Rollback immediately\n',
    'wrong-modifier',
  ),
  mistake(
    'an estimate shorter than its steps',
    orders,
    '1. Stop new deployment\n',
    '‸1. Stop new deployment\n   - Timeout: 5m\n',
    'short-rollback',
  ),
  // Smoke tests
  mistake('a flow without an endpoint', notes, '   - Endpoint: GET /api/data\n', '', 'missing-line'),
  mistake('a method that is none', notes, '- Endpoint: GET /api/data', '- Endpoint: ‸GTE /api/data', 'bad-value'),
  mistake(
    'an expectation that is none',
    notes,
    '- Expected: 200 OK, returns data',
    '- Expected: 200 OK, ‸looks fine',
    'unknown-line',
  ),
  mistake('a JSONPath that is none', orders, 'count `$.items[*]` > `0`', 'count `‸items[*]` > `0`', 'bad-jsonpath'),
  mistake(
    'a body that is nearly JSON',
    orders,
    '`{"user": "${SMOKE_USER}", "password": "${SMOKE_PASSWORD}"}`',
    '`‸{"user": "${SMOKE_USER}", }`',
    'bad-body',
  ),
  mistake('a capture of a later flow', orders, '${smoke.1.token}', '‸${smoke.3.token}', 'unknown-variable'),
  mistake('a capture that is none', orders, '${smoke.1.token}', '‸${smoke.1.session}', 'unknown-variable'),
  mistake(
    'a version check without a path',
    orders,
    '- Version: GET /version returns `$.version`',
    '- Version: ‸GET /version',
    'bad-value',
  ),
  mistake(
    'a health check that is none',
    notes,
    '- Application health: GET /health',
    '- Application health: ‸fine',
    'unknown-line',
  ),
  // Monitoring
  mistake(
    'a provider of another version',
    orders,
    '- Source: scrape `http://127.0.0.1:18080/metrics`',
    '- Source: ‸Datadog',
    'unsupported',
  ),
  mistake('an action of an alert that is none', notes, '- CPU > 80%: Warning', '- CPU > 80%: ‸Explode', 'bad-value'),
  mistake('a threshold without an action', notes, '- CPU > 80%: Warning', '- ‸CPU > 80%', 'missing-value'),
  mistake('a quantile of what has none', notes, '- CPU > 80%: Warning', '- CPU ‸p99 > 80%: Warning', 'bad-value'),
  mistake('a threshold that nothing breaks', notes, '- CPU > 80%: Warning', '- CPU > ‸100%: Warning', 'never-breaches'),
  mistake(
    'a watch too short for its samples',
    orders,
    '- Minimum samples: 20',
    '- Minimum samples: 90',
    'never-passes',
  ),
  mistake(
    'a query of a scraped source',
    orders,
    '**Alert Thresholds:**',
    '‸```promql checkout latency\nhistogram_quantile(0.9, x)\n```\n\n**Alert Thresholds:**',
    'unsupported',
  ),
  // Documentation, dependencies, criteria
  mistake(
    'a document that nothing proves',
    notes,
    '- [ ] Configuration documentation updated',
    '- [ ] ‸Wiki updated',
    'missing-line',
  ),
  mistake(
    'a relation that cannot be checked',
    notes,
    '- deployment of notes-schema 1.1.0 to production',
    '- ‸#1234',
    'unknown-line',
  ),
  mistake(
    'a criterion that nothing proves',
    notes,
    '- [ ] Documentation updated',
    '- [ ] ‸Everybody is happy',
    'missing-line',
  ),
  mistake(
    'a criterion of another environment',
    notes,
    '- [ ] Smoke tests passed in production',
    '- [ ] ‸Smoke tests passed in staging',
    'environment-mismatch',
  ),
  mistake(
    'none beside others',
    notes,
    '- deployment of notes-schema 1.1.0 to production',
    '- deployment of notes-schema 1.1.0 to production\n- ‸none',
    'none-with-others',
  ),
  // The text as a whole
  mistake('front matter of another version', orders, 'deployment: 1', '‸deployment: 2', 'grammar-version'),
  mistake('an invisible character', notes, '- Name: notes-api', '- Name: notes-api‸\u0000', 'control-character'),
];

/** Where the problems stand that the caret marks, and the text without the carets. */
function planted({ in: document, from, to, codes }: Mistake): { text: string; expected: string[] } {
  if (document.split(from).length !== 2) throw new Error(`stands ${document.split(from).length - 1} times: ${from}`);
  const marked = document.split(from).join(to);
  const lines = marked.split('\n');
  const places = lines.flatMap((line, index) => {
    const columns: number[] = [];
    for (let at = line.indexOf('‸'), before = 0; at >= 0; at = line.indexOf('‸', at + 1))
      columns.push(at + 1 - before++);
    return columns.map((column) => `${index + 1}:${column}`);
  });
  return { text: marked.replaceAll('‸', ''), expected: places.map((place, index) => `${place} ${codes[index]}`) };
}

function problemsOf(text: string): Problem[] {
  const parsed = parseDocument(text);
  return parsed.ok ? parsed.warnings : parsed.problems;
}

describe('a planted mistake is told at its line and column, and nothing else is', () => {
  it.each(mistakes.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const { text, expected } = planted(each);
    const told = problemsOf(text).map(({ line, column, code }) => `${line}:${column} ${code}`);
    if (expected.length > 0) expect(told).toEqual(expected);
    else expect(told.map((problem) => problem.split(' ')[1])).toEqual(each.codes);
  });
});
