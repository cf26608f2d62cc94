import { describe, expect, it } from 'vitest';
import { readClauses, type Subject } from './clauses.ts';
import { codeContent, masked, splitOutsideCode } from '../markdown/code-spans.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { readDuty, readEvidence } from './evidence.ts';
import { isJsonPath } from './json-path.ts';
import { documentOf, fixture } from '../testing/fixtures.test-support.ts';
import { readLimits } from './limits.ts';
import { parseQuantile } from './metrics.ts';
import { nearest } from '../problems/nearest.ts';
import { parseQuantity } from './quantity.ts';
import { Reading } from '../reading/reading.ts';
import { Report } from '../problems/report.ts';
import { loose } from '../markdown/span.ts';
import { isInRange } from './version-range.ts';
import { isWindow } from './window.ts';
import { splitWords } from './words.ts';

function clauses(text: string, subject: Subject = 'response'): unknown {
  const reading = new Reading(new Report());
  const read = readClauses(loose(text), subject, reading);
  return reading.report.errorCount > 0 ? reading.report.problems.map(({ code }) => code) : read;
}

describe('expectations', () => {
  it.each([
    ['200 OK', { kind: 'status', status: 200, reason: 'OK' }],
    ['status 204', { kind: 'status', status: 204 }],
    ['returns JWT token', { kind: 'returns', what: 'jwt' }],
    ['returns a JWT token at `$.a.b`', { kind: 'returns', what: 'jwt', path: '$.a.b' }],
    ['returns data', { kind: 'returns', what: 'data' }],
    ['Returns JSON', { kind: 'returns', what: 'json' }],
    [
      '`$.id` = `12345678901234567890`',
      { kind: 'value', path: '$.id', operator: '=', value: null, written: '12345678901234567890' },
    ],
    ['`$.l` = `[1e400, "a"]`', { kind: 'value', path: '$.l', operator: '=', value: null, written: '[1e400, "a"]' }],
    ['`$.n` = `1.10`', { kind: 'value', path: '$.n', operator: '=', value: 1.1 }],
    ['`$.n` >= `3`', { kind: 'value', path: '$.n', operator: '>=', value: 3 }],
    ['`$.s` = `open`', { kind: 'value', path: '$.s', operator: '=', value: 'open' }],
    ['`$.s` = `"3"`', { kind: 'value', path: '$.s', operator: '=', value: '3' }],
    ['`$.l` = `[1, 2]`', { kind: 'value', path: '$.l', operator: '=', value: [1, 2] }],
    ['`$.n` exceeds `3`', { kind: 'value', path: '$.n', operator: '>', value: 3 }],
    ['count `$.items[*]` > `0`', { kind: 'count', path: '$.items[*]', operator: '>', value: 0 }],
    ['count `$.items[*]` = 2', { kind: 'count', path: '$.items[*]', operator: '=', value: 2 }],
    ['header `X-A` = `b`', { kind: 'header', name: 'X-A', operator: '=', value: 'b' }],
    ['body contains `a, b`', { kind: 'body-contains', text: 'a, b' }],
    ['within 1m30s', { kind: 'within', ms: 90_000 }],
  ])('%s', (text, clause) => {
    expect(clauses(text)).toEqual([clause]);
  });

  it.each([
    ['exit 3', { kind: 'exit', code: 3 }],
    ['output contains `a`', { kind: 'output-contains', text: 'a' }],
  ])('%s of a command', (text, clause) => {
    expect(clauses(text, 'command')).toEqual([clause]);
    expect(clauses(text)).toEqual(['wrong-clause']);
  });

  it('are divided by commas outside of backticks', () => {
    expect(clauses('200, body contains `a, b`, within 2 seconds')).toHaveLength(3);
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['5 minutes', 300_000],
    ['1 hour', 3_600_000],
    ['2 s', 2_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });

  it.each(['', '5', '5 m', 's', '-5s', '1.5s', '5 minutes ago', '999999d', '5w'])('%p is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('values', () => {
  it.each([
    ['5%', 0.05, 'ratio'],
    ['7%', 0.07, 'ratio'],
    ['2.5 %', 0.025, 'ratio'],
    ['2s', 2_000, 'ms'],
    ['500 ms', 500, 'ms'],
    ['512MiB', 536_870_912, 'bytes'],
    ['1.5 GB', 1_500_000_000, 'bytes'],
    ['100/s', 100, 'per-second'],
    ['100', 100, 'none'],
  ])('%s', (text, value, unit) => {
    expect(parseQuantity(text)).toEqual({ value, unit });
  });

  it.each(['', 'many', '5 apples', '-5%', '1e9', '5%%'])('%p is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it.each([
    ['p95', 0.95],
    ['p99.9', 0.999],
    ['p5', 0.05],
    ['p0', undefined],
    ['p100', undefined],
  ])('%s', (text, quantile) => {
    expect(parseQuantile(text)).toBe(quantile);
  });
});

describe('limits', () => {
  it.each([
    ['Error rate > 5%', { metric: 'error-rate', operator: '>', value: 0.05, unit: 'ratio' }],
    ['Error rate exceeds 5%', { metric: 'error-rate', operator: '>', value: 0.05, unit: 'ratio' }],
    ['Error rate>=5% for 10s', { metric: 'error-rate', operator: '>=', value: 0.05, unit: 'ratio', forMs: 10_000 }],
    [
      'Response time p99 above 2 s over 1m for 30 seconds',
      {
        metric: 'response-time',
        quantile: 0.99,
        operator: '>',
        value: 2_000,
        unit: 'ms',
        overMs: 60_000,
        forMs: 30_000,
      },
    ],
    ['response time > 2s', { metric: 'response-time', quantile: 0.95, operator: '>', value: 2_000, unit: 'ms' }],
    ['Request rate below 1', { metric: 'request-rate', operator: '<', value: 1, unit: 'per-second' }],
    ['Memory > 512MiB', { metric: 'memory', operator: '>', value: 536_870_912, unit: 'bytes' }],
    ['`queue lag` > 3', { metric: 'queue lag', operator: '>', value: 3, unit: 'count' }],
  ])('%s', (text, limit) => {
    expect(readLimits(loose(text), new Map([['queue lag', 'up']]), new Reading(new Report()))).toEqual([limit]);
  });

  it('a name for two metrics is two limits', () => {
    const limits = readLimits(loose('CPU/Memory usage > 80%'), new Map(), new Reading(new Report()));
    expect(limits.map(({ metric }) => metric)).toEqual(['cpu', 'memory']);
  });
});

describe('words of a command', () => {
  it.each([
    ['npm ci', ['npm', 'ci']],
    ["a 'b c' d", ['a', 'b c', 'd']],
    ['a "b \\"c\\"" d', ['a', 'b "c"', 'd']],
    ['a\\ b', ['a b']],
    ["--x='1 2'", ['--x=1 2']],
    ["a ''", ['a', '']],
    ['./switch ${VERSION}', ['./switch', '${VERSION}']],
    ["echo 'a && b'", ['echo', 'a && b']],
  ])('%s', (text, argv) => {
    expect(splitWords(text)).toEqual({ argv });
  });

  it.each([
    ['a && b', 2],
    ['a; b', 1],
    ['a $(b)', 2],
    ['a `b`', 2],
    ['a "$(b)"', 3],
    ["a 'b", 2],
    ['A=1 b', 0],
    ['', 0],
    ['a \\', 2],
  ])('%p needs a shell or is none', (text, offset) => {
    expect(splitWords(text)).toMatchObject({ syntax: { offset } });
  });
});

describe('evidence and duties', () => {
  it.each([
    ['junit `a/*.xml`', { reader: 'junit', glob: 'a/*.xml' }],
    ['sarif a.sarif', { reader: 'sarif', glob: 'a.sarif' }],
    ['commit touches `CHANGELOG.md`', { reader: 'commit-touches', path: 'CHANGELOG.md' }],
    ['url https://a.example/b', { reader: 'url', url: 'https://a.example/b' }],
    ['log `a.log` has no `x`, `y`', { reader: 'log', files: ['a.log'], patterns: ['x', 'y'], allow: [] }],
    ['deployment of this version in staging', { reader: 'deployed-in', environment: 'staging' }],
    ['rollback rehearsed within 30d', { reader: 'rollback-rehearsed', withinMs: 30 * 86_400_000 }],
  ])('%s', (text, evidence) => {
    expect(readEvidence(loose(text), new Reading(new Report()))).toEqual(evidence);
  });

  it.each([
    ['approved by release-manager', { verb: 'approved', duty: 'release-manager' }],
    ['Confirmed by `ops`', { verb: 'confirmed', duty: 'ops' }],
    ['not applicable by dba', { verb: 'not-applicable', duty: 'dba' }],
  ])('%s', (text, duty) => {
    expect(readDuty(loose(text), new Reading(new Report()))).toEqual(duty);
  });
});

describe('code spans', () => {
  it('hide what stands in them', () => {
    expect(masked('a `b, c` d')).toHaveLength('a `b, c` d'.length);
    expect(splitOutsideCode(loose('a `b, c`, ``d`,e``'), /,/g).map(({ text }) => text)).toEqual([
      'a `b, c`',
      '``d`,e``',
    ]);
  });

  it('give their content, without the space that keeps backticks apart', () => {
    expect(codeContent(loose('`` a`b ``'))?.text).toBe('a`b');
    expect(codeContent(loose('`a` b'))).toBeUndefined();
  });
});

describe('JSONPaths', () => {
  it.each(['$', '$.a', '$.a.b[0]', '$.items[*]', "$['a b'].c", '$..name', '$..[0]', '$.a[?@.b == "]"]'])(
    '%s',
    (path) => {
      expect(isJsonPath(path)).toBe(true);
    },
  );

  it.each(['', 'a', '$a', '$.', '$.a[', '$.a[]', '$.a b', '$.a]'])('%p is none', (path) => {
    expect(isJsonPath(path)).toBe(false);
  });
});

describe('windows', () => {
  it.each(['Mon-Thu 09:00-16:00 Europe/Berlin', 'Sat,Sun 10:00-24:00 UTC', 'Mon-Tue,Fri 22:00-02:00 UTC'])(
    '%s',
    (text) => {
      expect(isWindow(text)).toBe(true);
    },
  );

  it.each(['Mon-Thu', 'Mon 9:00-16:00 UTC', 'Mon 09:00-09:00 UTC', 'Mon 25:00-26:00 UTC', 'Mon 09:00-16:00 Mars/Base'])(
    '%s is none',
    (text) => {
      expect(isWindow(text)).toBe(false);
    },
  );
});

describe('what was meant', () => {
  it.each([
    ['Undoo', 'Undo'],
    ['expected', 'Expected'],
    ['Rum', 'Run'],
    ['Foo', undefined],
  ])('%s', (word, meant) => {
    expect(nearest(word, ['Run', 'Undo', 'Expected'])).toBe(meant);
  });
});

describe('ranges of versions', () => {
  it.each([
    ['1.8.0', '>= 1.8.0', true],
    ['v1.9.2', '>=1.8.0', true],
    ['1.7.9', '>= 1.8.0', false],
    ['2.0.0-rc.1', '>= 1.8.0', true],
    ['1.8.0', '1.8.0', true],
    ['2024-06', '2024-06', true],
    ['2024-06', '2024-07', false],
  ])('%s in %s: %p', (version, range, expected) => {
    expect(isInRange(version, range)).toBe(expected);
  });
});

describe('lines that may be written in more than one way', () => {
  const notes = fixture('notes-api.md');

  it.each(['GET `/health`', '`GET /health`'])('a health check: %s', (written) => {
    const [first] = documentOf(notes.replace('GET /health', written)).healthChecks;
    expect(first).toEqual(documentOf(notes).healthChecks[0]);
  });

  it('the version that is served', () => {
    const [bare, coded] = ['GET /version', '`GET /version`'].map((request) => {
      const line = `- Version: ${request} returns \`$.version\``;
      return documentOf(notes.replace('- Application health', `${line}\n- Application health`)).healthChecks[0];
    });
    expect(coded).toMatchObject({ check: { kind: 'version' } });
    expect(coded).toEqual(bare);
  });

  it.each(['1.0.0 (the one before)', '1.0.0 (see the release notes).'])('what is gone back to: %s', (written) => {
    const changed = notes.replace('previous version 1.0.0', `previous version ${written}`);
    const [stated, plain] = [changed, notes].map((text) => documentOf(text).rollback.steps[1]!);
    expect(stated!.meaning).toEqual(plain!.meaning);
    expect(stated!.title).toContain(written.slice(0, -1));
  });

  it('and it need not be named', () => {
    const text = notes.replace('previous version 1.0.0', 'previous version (as recorded)');
    expect(documentOf(text).rollback.steps[1]!.meaning).toEqual({
      kind: 'phrase',
      phrase: 'previous-version',
      optional: false,
    });
  });
});
