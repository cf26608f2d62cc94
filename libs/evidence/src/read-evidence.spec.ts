import { describe, expect, it } from 'vitest';
import type { Evidence } from '@backstay/document';
import { createHash } from 'node:crypto';
import { symlinkSync, truncateSync } from 'node:fs';
import { guardedFetch, redactor } from '@backstay/guarded-io';
import { localServer } from '@backstay/guarded-io/testing';
import { sourceTree } from './source-tree.test-support.ts';

const { at, put, read } = sourceTree();

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');
const junit = (glob = 'reports/junit.xml'): Evidence => ({ reader: 'junit', glob });
const sarif = (glob = 'reports/scan.json'): Evidence => ({ reader: 'sarif', glob });

const passing = '<testsuite name="a" tests="1"><testcase name="x"/></testsuite>';

describe('test reports', () => {
  const judge = async (content: string | Uint8Array) => {
    put('reports/junit.xml', content);
    return read(junit());
  };

  it.each([
    [
      'Jest',
      '<?xml version="1.0" encoding="UTF-8"?><testsuites name="jest tests" tests="2" failures="0" errors="0"><testsuite name="s" errors="0" failures="0" skipped="1" tests="2"><testcase classname="c" name="n" time="0.1"/><testcase name="m"><skipped/></testcase></testsuite></testsuites>',
      { tests: 2, failures: 0, errors: 0, skipped: 1 },
    ],
    [
      'pytest',
      '<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1"><testcase classname="t" name="n"><system-out>&lt;b&gt; <![CDATA[<!DOCTYPE html>]]></system-out></testcase></testsuite></testsuites>',
      { tests: 1, failures: 0, errors: 0, skipped: 0 },
    ],
    [
      'Surefire with a flaky test',
      '<testsuite name="s" tests="1" errors="0" skipped="0" failures="0"><properties><property name="a" value="b"/></properties><testcase name="n"><flakyFailure message="m"/></testcase></testsuite>',
      { tests: 1, failures: 0, errors: 0, skipped: 0 },
    ],
    [
      'nested suites, as of Go',
      '<testsuites><testsuite name="pkg"><testsuite name="sub"><testcase name="TestA"/><testcase name="TestB"/></testsuite><testcase name="TestC"/></testsuite></testsuites>',
      { tests: 3, failures: 0, errors: 0, skipped: 0 },
    ],
    [
      'Go, as gotestsum writes it',
      '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="2" failures="0" errors="0" time="0.012"><testsuite tests="2" failures="0" time="0.004" name="example.org/orders" timestamp="2026-03-01T10:00:00Z"><properties><property name="go.version" value="go1.22.1 linux/amd64"></property></properties><testcase classname="example.org/orders" name="TestTotal" time="0.000000"></testcase><testcase classname="example.org/orders" name="TestLive" time="0.000000"><skipped message="orders_test.go:9: no server"></skipped></testcase></testsuite></testsuites>',
      { tests: 2, failures: 0, errors: 0, skipped: 1 },
    ],
    [
      'Surefire, with output and properties',
      '<?xml version="1.0" encoding="UTF-8"?><testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd" version="3.0" name="org.example.OrdersTest" time="0.05" tests="1" errors="0" skipped="0" failures="0"><properties><property name="java.version" value="21"/></properties><testcase name="adds" classname="org.example.OrdersTest" time="0.01"><system-out><![CDATA[<failure>printed, not meant</failure>]]></system-out></testcase></testsuite>',
      { tests: 1, failures: 0, errors: 0, skipped: 0 },
    ],
  ])('passes a report of %s', async (_dialect, content, facts) => {
    expect(await judge(content)).toMatchObject({
      verdict: 'pass',
      attested: false,
      facts,
      files: [{ path: 'reports/junit.xml', bytes: Buffer.byteLength(content), sha256: sha256(content) }],
    });
  });

  it.each([
    [
      'a failure',
      '<testsuite><testcase name="a"/><testcase name="b"><failure message="m">trace</failure></testcase></testsuite>',
      { failures: 1, errors: 0 },
    ],
    ['an error', '<testsuite><testcase name="b"><error/></testcase></testsuite>', { failures: 0, errors: 1 }],
    [
      'a suite that could not be loaded',
      '<testsuites><testsuite name="s" errors="1" tests="0"/><testsuite><testcase name="a"/></testsuite></testsuites>',
      { failures: 0, errors: 1 },
    ],
    [
      'a failure deep below',
      '<testsuites><testsuite><testsuite><testsuite><testcase><failure/></testcase></testsuite></testsuite></testsuite></testsuites>',
      { failures: 1, errors: 0 },
    ],
    [
      'a Go package that was not built',
      '<testsuites tests="0" failures="1" errors="1"><testsuite tests="0" failures="1" name="example.org/orders"><testcase classname="example.org/orders" name="TestMain" time="0.000000"><failure message="Failed" type="">FAIL example.org/orders [build failed]</failure></testcase></testsuite></testsuites>',
      { failures: 1, errors: 1 },
    ],
    [
      'a Surefire rerun that failed again',
      '<testsuite name="s" tests="1" errors="0" skipped="0" failures="1"><testcase name="n"><failure message="m" type="java.lang.AssertionError"/><rerunFailure message="m" type="java.lang.AssertionError"/></testcase></testsuite>',
      { failures: 1, errors: 0 },
    ],
    [
      'an error of pytest while collecting',
      '<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="0" skipped="0" tests="1"><testcase classname="" name="tests.test_orders" time="0.000"><error message="collection failure">ImportError</error></testcase></testsuite></testsuites>',
      { failures: 0, errors: 1 },
    ],
  ])('fails a report with %s', async (_what, content, facts) => {
    expect(await judge(content)).toMatchObject({ verdict: 'fail', facts });
  });

  it.each([
    ['no test', '<testsuites tests="5"/>', 'no-data', 'no test ran'],
    ['skipped tests only', '<testsuite><testcase><skipped/></testcase></testsuite>', 'no-data', 'no test ran'],
    ['nothing', '', 'error', 'not whole XML'],
    ['a cut end', '<testsuites><testsuite><testcase name="a"/>', 'error', 'not whole XML'],
    ['another root', '<html><body/></html>', 'error', 'not a JUnit report'],
    [
      'entities',
      '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><testsuite><testcase name="&c;"/></testsuite>',
      'error',
      'document type',
    ],
    [
      'too deep nesting',
      `${'<testsuite>'.repeat(9_000)}<testcase/>${'</testsuite>'.repeat(9_000)}`,
      'error',
      'cannot be parsed',
    ],
    [
      'bytes that are no UTF-8',
      Buffer.from('<testsuite><testcase name="\xff"/></testsuite>', 'latin1'),
      'error',
      'not text in UTF-8',
    ],
    ['JSON', '{"tests": 1}', 'error', 'not whole XML'],
  ])('has no pass for a report with %s', async (_what, content, verdict, summary) => {
    expect(await judge(content)).toMatchObject({ verdict, summary: expect.stringContaining(summary), attested: false });
  });

  it('reads UTF-16 with a byte order mark and declared Latin-1', async () => {
    expect(await judge(Buffer.from(`\ufeff${passing}`, 'utf16le'))).toMatchObject({ verdict: 'pass' });
    expect(
      await judge(Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${passing.replace('x', '\xe9')}`, 'latin1')),
    ).toMatchObject({ verdict: 'pass' });
  });

  it('does not read a report that is larger than its limit', async () => {
    put('reports/junit.xml', passing);
    truncateSync(at('reports/junit.xml'), 100 * 1024 * 1024);
    expect(await read(junit())).toMatchObject({ verdict: 'error', summary: 'reports/junit.xml is larger than 20 MiB' });
  });

  it('ends a glob that would never end', async () => {
    put(`reports/${'a'.repeat(200)}`, '');
    expect(await read(junit(`reports/${'*a'.repeat(40)}*b`))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('takes too long'),
    });
  });

  it('judges all files of a glob together', async () => {
    put('a/TEST-1.xml', passing);
    put('a/b/TEST-2.xml', passing.replace('<testcase name="x"/>', '<testcase><failure/></testcase>'));
    put('a/b/other.xml', 'not a report');
    expect(await read(junit('a/**/TEST-*.xml'))).toMatchObject({
      verdict: 'fail',
      facts: { tests: 2, failures: 1 },
      files: [{ path: 'a/TEST-1.xml' }, { path: 'a/b/TEST-2.xml' }],
    });
    expect(await read(junit('**/TEST-1.xml'))).toMatchObject({ verdict: 'pass' });
  });

  it('does not leave the source tree', async () => {
    symlinkSync('/etc/passwd', at('link.xml'));
    expect(await read(junit('link.xml'))).toMatchObject({ verdict: 'no-data' });
    expect(await read(junit('*.xml'))).toMatchObject({ verdict: 'no-data' });
    expect(await read(junit('../../etc/passwd'))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('leads out'),
    });
    expect(await read(junit('/etc/passwd'))).toMatchObject({ verdict: 'error' });
  });
});

describe('reports that the request brought', () => {
  const entry = (rest = {}) => ({
    kind: 'junit',
    path: 'reports/junit.xml',
    sha256: sha256(passing),
    commit: 'c1',
    ...rest,
  });

  it('attests a report whose sha256 and commit are those of the request', async () => {
    put('reports/junit.xml', passing);
    expect(await read(junit(), { supplied: [entry()] })).toMatchObject({ verdict: 'pass', attested: true });
    expect(
      await read(junit(), { supplied: [entry({ sha256: `sha256:${sha256(passing).toUpperCase()}` })] }),
    ).toMatchObject({ attested: true });
  });

  it('refuses a report that is not what the request described', async () => {
    put('reports/junit.xml', passing.replace('x', 'y'));
    expect(await read(junit(), { supplied: [entry()] })).toMatchObject({
      verdict: 'error',
      attested: false,
      summary: expect.stringContaining('not what the request described'),
    });
  });

  it('does not take a report about another commit', async () => {
    expect(await read(junit(), { supplied: [entry({ commit: 'c0' })] })).toMatchObject({
      verdict: 'no-data',
      summary: expect.stringContaining('about commit c0, not c1'),
    });
    put('reports/junit.xml', passing);
    expect(await read(junit(), { supplied: [entry({ commit: 'c0' })] })).toMatchObject({
      verdict: 'pass',
      attested: false,
    });
  });

  it('says that a named report is not there', async () => {
    expect(await read(junit(), { supplied: [entry()] })).toMatchObject({
      verdict: 'no-data',
      summary: 'reports/junit.xml, which the request names, is not there',
    });
    expect(await read(junit(), { supplied: [entry({ path: 'other.xml' })] })).toMatchObject({
      verdict: 'no-data',
      summary: expect.stringContaining('nor among the 1 report'),
    });
  });

  it('fetches a report that is named by URL', async () => {
    const server = await localServer({
      'GET /runs/7/junit.xml': () => passing,
      'GET /runs/8/junit.xml': (_request, response) => void response.writeHead(404).end(),
    });
    const fetch = guardedFetch({ allow: ['127.0.0.1:*'] });
    const from = (run: number) => ({
      supplied: [entry({ path: undefined, url: `${server.url}/runs/${run}/junit.xml?key=hidden` })],
      fetch,
    });
    try {
      const result = await read(junit(), from(7));
      expect(result).toMatchObject({ verdict: 'pass', attested: true });
      expect(JSON.stringify(result)).not.toContain('hidden');
      expect(await read(junit(), from(8))).toMatchObject({ verdict: 'no-data' });
      expect(await read(junit(), { ...from(7), fetch: guardedFetch({ allow: [] }) })).toMatchObject({
        verdict: 'error',
        summary: expect.stringContaining('allow-list'),
      });
    } finally {
      await server.close();
    }
  });
});

describe('scan reports', () => {
  const judge = (json: unknown) => {
    put('reports/scan.json', typeof json === 'string' ? json : JSON.stringify(json));
    return read(sarif());
  };
  const run = (results: unknown[], rest = {}) => ({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            rules: [
              { id: 'low', properties: { 'security-severity': '3.1' } },
              { id: 'high', properties: { 'security-severity': '7.0' } },
              { id: 'error', defaultConfiguration: { level: 'error' } },
            ],
          },
        },
        results,
        ...rest,
      },
    ],
  });

  it.each<[string, unknown[], number]>([
    ['no result', [], 0],
    ['a low severity', [{ ruleId: 'low', level: 'warning' }], 0],
    ['a high severity of its rule', [{ ruleId: 'high', level: 'note' }], 1],
    ['a high severity by index', [{ ruleIndex: 1 }], 1],
    ['the level error', [{ ruleId: 'low', level: 'error' }], 1],
    ['the level error of its rule', [{ rule: { id: 'error' } }], 1],
    ['a result that says that it passed', [{ ruleId: 'error', kind: 'pass' }], 0],
    ['a suppressed result', [{ ruleId: 'error', suppressions: [{ kind: 'inSource' }] }], 0],
    ['a suppression under review', [{ ruleId: 'error', suppressions: [{ status: 'underReview' }] }], 1],
    ['a result that is gone', [{ ruleId: 'error', baselineState: 'absent' }], 0],
  ])('counts in SARIF %s', async (_what, results, severe) => {
    expect(await judge(run(results))).toMatchObject({ verdict: severe > 0 ? 'fail' : 'pass', facts: { severe } });
  });

  it.each<[string, unknown, number]>([
    [
      'npm audit',
      {
        auditReportVersion: 2,
        vulnerabilities: {},
        metadata: { vulnerabilities: { info: 0, low: 1, moderate: 2, high: 1, critical: 1, total: 5 } },
      },
      2,
    ],
    ['npm audit', { metadata: { vulnerabilities: { low: 1, moderate: 2, high: 0, critical: 0 } } }, 0],
    [
      'Trivy',
      {
        SchemaVersion: 2,
        Results: [
          {
            Vulnerabilities: [{ Severity: 'HIGH' }, { Severity: 'LOW' }],
            Misconfigurations: [{ Severity: 'CRITICAL', Status: 'PASS' }],
            Secrets: [{ Severity: 'CRITICAL' }],
          },
        ],
      },
      2,
    ],
    [
      'Grype',
      {
        matches: [{ vulnerability: { severity: 'Critical' } }, { vulnerability: { severity: 'Medium' } }],
        descriptor: {},
      },
      1,
    ],
  ])('reads a report of %s', async (_scanner, json, severe) => {
    expect(await judge(json)).toMatchObject({ verdict: severe > 0 ? 'fail' : 'pass', facts: { severe } });
  });

  it.each<[string, unknown, string]>([
    ['a run that did not end well', run([], { invocations: [{ executionSuccessful: false }] }), 'error'],
    ['no run', { version: '2.1.0', runs: [] }, 'no-data'],
    ['a run without results', run([], { results: null }), 'no-data'],
    ['another version', { version: '1.0.0', runs: [{}] }, 'error'],
    ['results of another form', run([{ level: 7 }]), 'error'],
    ['a failed npm audit', { error: { code: 'ENOLOCK' } }, 'error'],
    ['cut JSON', '{"version": "2.1.0", "runs": [', 'error'],
    ['an empty file', '', 'error'],
    ['an array', '[]', 'error'],
  ])('has no pass for %s', async (_what, json, verdict) => {
    expect(await judge(json)).toMatchObject({ verdict });
  });
});

describe('other proof', () => {
  it.each([
    ['CHANGELOG.md', 'pass'],
    ['docs/', 'pass'],
    ['docs/*.md', 'pass'],
    ['doc', 'fail'],
  ])('judges whether the commit touches %s', async (path, verdict) => {
    const touchedPaths = async () => ['CHANGELOG.md', 'docs/api.md'];
    const result = await read({ reader: 'commit-touches', path }, { touchedPaths });
    expect(result).toMatchObject({ verdict, attested: true });
    if (verdict === 'fail') expect(result.summary).toMatch(/only the deployed commit counts, against its first parent/);
  });

  it('reveals nothing that its names stand for and that is a secret', async () => {
    const lookup = (name: string) => ({ KEY: 'hunter22' })[name];
    const environment = { variables: {}, lookup, argument: String };
    const sources = { environment, redact: redactor(['hunter22']).text, fetch: guardedFetch({ allow: [] }) };
    const touchedPaths = () => Promise.resolve(['docs/hunter22/a.md']);
    put('hunter22.xml', '<testsuite><testcase name="a"/></testsuite>');
    const asked: Evidence[] = [
      { reader: 'url', url: 'https://${KEY}.example.com/' },
      { reader: 'commit-touches', path: 'docs/${KEY}' },
      { reader: 'sarif', glob: '${KEY}/*.json' },
      { reader: 'log', files: ['/nowhere/${KEY}.log'], patterns: ['panic'], allow: [] },
      { reader: 'junit', glob: '${KEY}.xml' },
    ];
    const results = await Promise.all(asked.map((evidence) => read(evidence, { ...sources, touchedPaths })));
    expect(results.map(({ verdict }) => verdict)).toEqual(['error', 'pass', 'no-data', 'no-data', 'pass']);
    for (const result of results) expect(JSON.stringify(result)).toMatch(/^(?!.*hunter22).*\*\*\*/);
  });

  it('judges a URL by its reply', async () => {
    const server = await localServer({ 'GET /ok': () => 'ok', 'GET /long': () => 'x'.repeat(3 * 1024 * 1024) });
    const sources = { fetch: guardedFetch({ allow: ['127.0.0.1:*'] }) };
    try {
      expect(await read({ reader: 'url', url: `${server.url}/ok` }, sources)).toMatchObject({
        verdict: 'pass',
        facts: { status: 200 },
      });
      expect(await read({ reader: 'url', url: `${server.url}/long` }, sources)).toMatchObject({ verdict: 'pass' });
      expect(await read({ reader: 'url', url: `${server.url}/none` }, sources)).toMatchObject({ verdict: 'fail' });
      expect(await read({ reader: 'url', url: 'http://127.0.0.1:1/' }, sources)).toMatchObject({ verdict: 'error' });
    } finally {
      await server.close();
    }
  });

  it('asks the record about earlier deployments', async () => {
    const evidence: Evidence = { reader: 'deployed-in', environment: 'staging' };
    const recorded = async () => ({ met: true, summary: '2.4.0 succeeded in staging' });
    expect(await read(evidence, { recorded })).toMatchObject({
      verdict: 'pass',
      summary: '2.4.0 succeeded in staging',
    });
    expect(await read(evidence)).toMatchObject({ verdict: 'error' });
  });

  it('gives a verdict where a source fails', async () => {
    const touchedPaths = () => Promise.reject(new Error('password hunter2'));
    const result = await read({ reader: 'commit-touches', path: 'a' }, { touchedPaths });
    expect(result).toMatchObject({ verdict: 'error', summary: 'the evidence cannot be read: failed' });
  });
});
