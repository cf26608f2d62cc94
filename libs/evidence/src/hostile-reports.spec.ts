import { describe, expect, it } from 'vitest';
import { budgets, type Evidence } from '@backstay/document';
import { leastMs } from '@backstay/event-sourcing/testing';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { guardedFetch, readXml } from '@backstay/guarded-io';
import { localServer } from '@backstay/guarded-io/testing';
import { sourceTree } from './source-tree.test-support.ts';
import type { EvidenceSources } from './sources.ts';

const { at, put, read, folder } = sourceTree();

const junit = (content: string | Uint8Array) => {
  put('junit.xml', content);
  return read({ reader: 'junit', glob: 'junit.xml' });
};
const scan = (json: unknown) => {
  put('scan.json', json instanceof Uint8Array || typeof json === 'string' ? json : JSON.stringify(json));
  return read({ reader: 'sarif', glob: 'scan.json' });
};
const passing = '<testsuite><testcase name="x"/></testsuite>';
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

describe('a test report', () => {
  it('that says how many tests there are and lists none proves nothing', async () => {
    const suites = '<testsuites tests="5" failures="0"><testsuite tests="5" failures="0"/></testsuites>';
    expect(await junit(suites)).toMatchObject({ verdict: 'no-data', summary: expect.stringContaining('no test ran') });
  });

  it.each([
    ['with a status', '<testcase name="a" status="failed"/>'],
    ['with a result', '<testcase name="a" status="run" result="failed"/>'],
  ])('fails with a test that says so %s alone', async (_how, testcase) => {
    expect(await junit(`<testsuite><testcase name="b"/>${testcase}</testsuite>`)).toMatchObject({
      verdict: 'fail',
      facts: { tests: 2, failures: 1, errors: 0 },
    });
  });

  it("of Node's own runner needs no suite, and may fail in what is yet to be done", async () => {
    const todo =
      '<testcase name="t" failure="m"><skipped type="todo" message="true"/><failure message="m"/></testcase>';
    const deep = '<testsuite name="s" tests="1"><testcase name="x"/></testsuite>';
    expect(await junit(`<testsuites><testcase name="top"/>${todo}${deep}<!-- fail 0 --></testsuites>`)).toMatchObject({
      verdict: 'pass',
      facts: { tests: 3, failures: 0, skipped: 1 },
    });
    const failing =
      '<testsuites><testcase name="bad" failure="m"><failure message="m">\u001b[31mred</failure></testcase></testsuites>';
    expect(await junit(failing)).toMatchObject({ verdict: 'fail', facts: { tests: 1, failures: 1 } });
  });

  it('counts a failure once, though each suite around it declares it too', async () => {
    const inner =
      '<testsuite failures="1" tests="2"><testcase name="a"><failure/></testcase><testcase name="b"/></testsuite>';
    const report = `<testsuites tests="2" failures="1"><testsuite tests="2" failures="1">${inner}</testsuite></testsuites>`;
    expect(await junit(report)).toMatchObject({ verdict: 'fail', facts: { tests: 2, failures: 1, errors: 0 } });
  });

  it.each(['1e999', '1,000', '-3', 'NaN'])('that says failures="%s" is not a pass', async (failures) => {
    expect(await junit(`<testsuite failures="${failures}"><testcase name="a"/></testsuite>`)).toMatchObject({
      verdict: 'error',
      summary: `a test suite says failures="${failures}", which is not a number`,
    });
  });

  it('that is compressed is reported as such', async () => {
    expect(await junit(gzipSync(passing))).toMatchObject({
      verdict: 'error',
      summary: 'junit.xml is compressed; it is read as plain text only',
    });
  });

  it('with a byte order mark and UTF-16 without one get a verdict', async () => {
    expect(await junit(`\ufeff<?xml version="1.0" encoding="utf-8"?>${passing}`)).toMatchObject({ verdict: 'pass' });
    expect(await junit(Buffer.from(passing, 'utf16le'))).toMatchObject({ verdict: 'error' });
    expect(await junit(`<?xml version="1.0" encoding="klingon"?>${passing}`)).toMatchObject({ verdict: 'error' });
  });

  it('is looked through once, however much stands before its first element', () => {
    const comments = '<!--a--> '.repeat(5_000);
    const refused = { ok: false, reason: expect.stringContaining('document type') };
    expect(readXml(`${comments}${passing}`)).toMatchObject({ ok: true, root: { testsuite: {} } });
    expect(readXml(`${comments}<!DOCTYPE x>${passing}`)).toEqual(refused);
    expect(readXml(`<!--${' '.repeat(20_000)}--><!DOCTYPE x>${passing}`)).toEqual(refused);
  });

  describe.each([1, 10, 100])('%i times its budget', (times) => {
    const { attributes, tagCharacters, tags, depth } = budgets.xml;
    const many = (piece: (index: number) => string, count: number) =>
      Array.from({ length: count }, (_, at) => piece(at)).join('');
    const forms: Record<string, [text: () => string, problem: string]> = {
      attributes: [
        () => `<testsuite>\n<testcase ${many((at) => `a${at}="1" `, attributes * times)}/></testsuite>`,
        'line 2 has an element with more than 256 attributes',
      ],
      'characters of an attribute': [
        () => `<testsuite>\n<testcase a="${'> '.repeat((tagCharacters / 2) * Math.min(times, 10) - 16)}"/></testsuite>`,
        'line 2 has a tag of more than 1 MiB',
      ],
      'characters of a tag without end': [() => `<testsuite>\n<a${' '.repeat(tagCharacters * times - 8)}`, 'line 2'],
      depth: [
        () => `<a>\n${'<b>'.repeat(depth * times - 1)}${'</b>'.repeat(depth * times - 1)}</a>`,
        'line 2 is nested more than 100 deep',
      ],
      tags: [
        () => `<a>\n${'<!-->-->'.repeat(tags * Math.min(times, 5) - 2)}</a>`,
        'line 2 begins the tag number 500001; at most 500000 are read',
      ],
    };

    it.each(Object.entries(forms))(
      'in %s is a problem with its line from beyond the budget on',
      (_what, [text, problem]) => {
        const read = readXml(text());
        if (times > 1) expect(read).toEqual({ ok: false, reason: expect.stringContaining(problem) });
        else expect(read).not.toEqual({ ok: false, reason: expect.stringContaining('cannot be parsed') });
      },
    );
  });

  const casesOf = (count: number): string =>
    Array.from(
      { length: count },
      (_, index) => `<testcase name="test ${index}" classname="a.b.C" time="0.01"/>\n`,
    ).join('');
  const harmless = (bytes: number) => `<testsuite>${casesOf(bytes / casesOf(1).length)}</testsuite>`;

  it('takes no longer than a harmless one of its size where it is a bomb', () => {
    const bytes = 4 * 1024 ** 2;
    const bombs = [
      `<testsuite><testcase ${'a="1" '.repeat(bytes / 6)}/></testsuite>`,
      `<testsuite><testcase a="${'> '.repeat(bytes / 2)}"/></testsuite>`,
      `<a${' '.repeat(bytes)}`,
      '<b>'.repeat(bytes / 3),
      '<!---->'.repeat(bytes / 7),
      `<!--${'<'.repeat(bytes)}`,
    ];
    const usual = leastMs(() => expect(readXml(harmless(bytes)).ok).toBe(true));
    for (const bomb of bombs) {
      expect(readXml(bomb).ok).toBe(false);
      expect([bomb.slice(0, 20), leastMs(() => readXml(bomb)) / usual < 1]).toEqual([bomb.slice(0, 20), true]);
    }
  });

  it('of four times the size takes four times as long, give or take', () => {
    const judged = (bytes: number) => {
      const text = harmless(bytes);
      return leastMs(() => expect(readXml(text).ok).toBe(true));
    };
    judged(1024 ** 2);
    const [small, large] = [judged(1024 ** 2), judged(4 * 1024 ** 2)];
    // By its square it would take sixteen times as long.
    expect(large / small).toBeLessThan(10);
  });

  it('of many is read only while all of them together are not too large', async () => {
    for (let number = 0; number < 6; number += 1) {
      put(`many/${number}.xml`, passing);
      truncateSync(at(`many/${number}.xml`), 20 * 1024 * 1024);
    }
    expect(await read({ reader: 'junit', glob: 'many/*.xml' })).toMatchObject({
      verdict: 'error',
      summary: 'the reports together are larger than 100 MiB',
    });
  });

  it('is not read through a link that leads out, nor from a pipe', async () => {
    const outside = folder();
    writeFileSync(join(outside, 'junit.xml'), passing);
    symlinkSync(outside, at('reports'));
    execFileSync('mkfifo', [at('pipe.xml')]);
    for (const glob of ['reports/junit.xml', 'reports/*.xml', '**/junit.xml', 'pipe.xml'])
      expect(await read({ reader: 'junit', glob })).toMatchObject({ verdict: 'no-data' });
    const supplied = [{ kind: 'junit', path: 'reports/junit.xml', sha256: sha256(passing), commit: 'c1' }];
    expect(await read({ reader: 'junit', glob: 'reports/junit.xml' }, { supplied })).toMatchObject({
      verdict: 'no-data',
      summary: 'reports/junit.xml, which the request names, is not there',
    });
  });

  it('is found by the version in its name', async () => {
    put('reports/2.0.0/junit.xml', passing);
    const environment = { variables: {}, lookup: (name: string) => ({ VERSION: '2.0.0' })[name], argument: String };
    const evidence: Evidence = { reader: 'junit', glob: 'reports/${VERSION}/*.xml' };
    expect(await read(evidence, { environment })).toMatchObject({ verdict: 'pass' });
    const unknown: Evidence = { reader: 'junit', glob: 'reports/${COLOUR}/*.xml' };
    expect(await read(unknown, { environment })).toMatchObject({
      verdict: 'error',
      summary: 'nothing provides ${COLOUR}',
    });
  });
});

describe('a report that the request brought', () => {
  const entry = (rest = {}) => ({ kind: 'junit', path: 'junit.xml', sha256: sha256(passing), ...rest });
  const judge = (supplied: EvidenceSources['supplied'], sources: Partial<EvidenceSources> = {}) =>
    read({ reader: 'junit', glob: '*.xml' }, { supplied, ...sources });

  it('for no commit is read as it was described, unattested', async () => {
    put('junit.xml', passing);
    expect(await judge([entry()])).toMatchObject({ verdict: 'pass', attested: false });
    expect(await judge([entry({ sha256: sha256('other') })])).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('not what the request described'),
    });
    expect(await judge([entry()], { commit: undefined })).toMatchObject({ verdict: 'pass', attested: false });
  });

  it('of a scanner is read where SARIF is', async () => {
    const clean = JSON.stringify({
      SchemaVersion: 2,
      Results: [{ Target: 'alpine', Class: 'os-pkgs', Type: 'alpine' }],
    });
    put('scan.json', clean);
    const supplied = [{ kind: 'trivy', path: 'scan.json', sha256: sha256(clean), commit: 'c1' }];
    expect(await read({ reader: 'sarif', glob: 'scan.json' }, { supplied })).toMatchObject({
      verdict: 'pass',
      attested: true,
    });
    expect(await read({ reader: 'junit', glob: 'scan.json' }, { supplied })).toMatchObject({
      verdict: 'error',
      attested: false,
    });
  });

  it('that was changed since is an error, also where another one would pass', async () => {
    put('a.xml', passing);
    put('b.xml', passing);
    const supplied = [entry({ path: 'a.xml', commit: 'c1' }), entry({ path: 'b.xml', commit: 'c1' })];
    expect(await judge(supplied)).toMatchObject({ verdict: 'pass', attested: true });
    put('b.xml', passing.replace('x', 'y'));
    expect(await judge(supplied)).toMatchObject({ verdict: 'error', attested: false });
  });

  it('is judged with the others: one of two that fails is a failure', async () => {
    const failing = passing.replace('<testcase name="x"/>', '<testcase><failure/></testcase>');
    put('a.xml', passing);
    put('b.xml', failing);
    const supplied = [entry({ path: 'a.xml', commit: 'c1' }), entry({ path: 'b.xml', sha256: sha256(failing) })];
    expect(await judge(supplied)).toMatchObject({ verdict: 'fail', attested: false, facts: { tests: 2, failures: 1 } });
  });

  it('names either a path or a URL', async () => {
    put('junit.xml', passing);
    const both = entry({ url: 'http://127.0.0.1:1/junit.xml' });
    const message = 'an entry of the request names either a path or a URL';
    expect(await judge([both])).toMatchObject({ verdict: 'error', summary: expect.stringContaining(message) });
  });

  it('is not fetched beyond its limit, nor from elsewhere', async () => {
    const server = await localServer({
      'GET /junit.xml': (_request, response) => void response.end(Buffer.alloc(21 * 1024 * 1024)),
      'GET /moved/junit.xml': (_request, response) =>
        void response.writeHead(302, { location: 'http://169.254.169.254/junit.xml' }).end(),
    });
    const fetch = guardedFetch({ allow: ['127.0.0.1:*'] });
    const from = (path: string) => judge([entry({ path: undefined, url: `${server.url}${path}` })], { fetch });
    try {
      expect(await from('/junit.xml')).toMatchObject({ verdict: 'error', summary: expect.stringContaining('20 MiB') });
      expect(await from('/moved/junit.xml')).toMatchObject({
        verdict: 'no-data',
        summary: expect.stringMatching(/302$/),
      });
    } finally {
      await server.close();
    }
  });
});

describe('a scan report', () => {
  const run = (results: unknown[], rest = {}) => ({
    tool: { driver: { name: 't', rules: [{ id: 'CA1', properties: { 'security-severity': '8.1' } }] } },
    results,
    ...rest,
  });
  const sarif = (...runs: unknown[]) => ({ version: '2.1.0', runs });
  const suppressed = (...statuses: (string | undefined)[]) => ({
    ruleId: 'CA1',
    suppressions: statuses.map((status) => ({ kind: 'external', ...(status && { status }) })),
  });

  it.each<[string, unknown, number]>([
    ['of a rule by its hierarchical name', { ruleId: 'CA1/2' }, 1],
    ['that passed, of a rule that would be high', { ruleId: 'CA1', kind: 'pass' }, 0],
    ['that somebody has yet to look at', { ruleId: 'CA1', kind: 'review' }, 1],
    ['without suppressions in an empty list', { ruleId: 'CA1', suppressions: [] }, 1],
    ['that was accepted', suppressed('accepted', undefined), 0],
    ['that one accepted and one refused', suppressed('accepted', 'rejected'), 1],
  ])('counts in SARIF a result %s', async (_what, result, severe) => {
    expect(await scan(sarif(run([result])))).toMatchObject({ verdict: severe ? 'fail' : 'pass', facts: { severe } });
  });

  it('of several runs is judged as a whole', async () => {
    expect(await scan(sarif(run([]), run([{ ruleId: 'CA1' }])))).toMatchObject({ verdict: 'fail' });
    expect(await scan(sarif(run([]), { tool: { driver: {} } }))).toMatchObject({ verdict: 'no-data' });
    const failed = run([], { invocations: [{ executionSuccessful: true }, { executionSuccessful: false }] });
    expect(await scan(sarif(run([]), failed))).toMatchObject({ verdict: 'error' });
  });

  const counts = { info: 0, low: 0, moderate: 0, high: 0, critical: 0 };
  it.each<[string, unknown, 'pass' | 'fail', object]>([
    [
      'npm before version 7',
      {
        actions: [],
        advisories: { '118': { severity: 'high' } },
        muted: [],
        metadata: { vulnerabilities: { ...counts, high: 1 } },
      },
      'fail',
      { severe: 1, findings: 1 },
    ],
    [
      'npm whose list and summary differ',
      {
        auditReportVersion: 2,
        vulnerabilities: { a: { severity: 'critical' } },
        metadata: { vulnerabilities: counts },
      },
      'fail',
      { severe: 1 },
    ],
    [
      'Trivy of a clean image',
      { SchemaVersion: 2, Results: [{ Target: 'alpine', Class: 'os-pkgs', Type: 'alpine' }] },
      'pass',
      { findings: 0 },
    ],
    [
      'Trivy with accepted findings',
      {
        SchemaVersion: 2,
        Results: [
          {
            Target: 'a',
            Vulnerabilities: [{ Severity: 'MEDIUM' }],
            ExperimentalModifiedFindings: [{ Type: 'vulnerability', Status: 'ignored' }],
          },
        ],
      },
      'pass',
      { findings: 1, suppressed: 1 },
    ],
    [
      'Grype with ignored matches',
      {
        matches: [{ vulnerability: { severity: 'Low' } }],
        ignoredMatches: [{ vulnerability: { severity: 'Critical' }, appliedIgnoreRules: [{}] }],
        descriptor: { name: 'grype', version: '0.80.0' },
      },
      'pass',
      { findings: 1, suppressed: 1 },
    ],
  ])('of %s is counted', async (_scanner, json, verdict, facts) => {
    expect(await scan(json)).toMatchObject({ verdict, facts });
  });

  it('in UTF-16, as a shell redirects it, is read', async () => {
    const json = JSON.stringify({ metadata: { vulnerabilities: counts } });
    expect(await scan(Buffer.from(`\ufeff${json}`, 'utf16le'))).toMatchObject({ verdict: 'pass' });
  });

  it.each<[string, unknown, string]>([
    ['names nothing that it looked at', { SchemaVersion: 2, ArtifactName: 'x', Results: null }, 'no-data'],
    ['names an empty list of what it looked at', { SchemaVersion: 2, Results: [] }, 'no-data'],
    ['gives a finding without severity', { SchemaVersion: 2, Results: [{ Vulnerabilities: [{}] }] }, 'fail'],
    ['is an error beside a clean summary', { error: { code: 'E503' }, metadata: { vulnerabilities: counts } }, 'error'],
    ['is an error beside clean runs', { ...sarif(run([])), error: { summary: 'no' } }, 'error'],
    ['has matches and comes from nobody known', { matches: [] }, 'error'],
    ['has a level that is none', sarif(run([{ ruleId: 'x', level: 'ERROR' }])), 'error'],
    ['keeps its results elsewhere', sarif(run([], { externalPropertyFileReferences: { results: [{}] } })), 'error'],
    ['is several documents', '{"type":"auditSummary"}\n{"type":"auditAdvisory"}\n', 'error'],
    ['is null', 'null', 'error'],
  ])('that %s is not a pass', async (_what, json, verdict) => {
    expect(await scan(json)).toMatchObject({ verdict });
  });
});
