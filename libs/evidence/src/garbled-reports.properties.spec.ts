import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { garbled, placesOf, runs, tally, valueAt, type Place } from '@backstay/event-sourcing/testing';
import { readXml } from '@backstay/guarded-io';
import { Unusable } from './evidence-result.ts';
import { judgeJunit } from './junit.ts';
import { judgeScans } from './scans.ts';
import { reportOf } from './testing.test-support.ts';

/** `pass`, `fail`, or that it is no evidence. */
async function verdictOf(judged: Promise<{ verdict: string }>): Promise<string> {
  return judged.then(
    ({ verdict }) => verdict,
    (error: unknown) => {
      if (error instanceof Unusable) return 'none';
      throw error;
    },
  );
}

const scan = (json: unknown) => verdictOf(judgeScans([reportOf('scan.json', JSON.stringify(json))]));

/** A log whose rules and notifications are mild but for the one that its only result names in one of the ways of the standard. */
function sarifNaming(by: string): object {
  const guid = '11111111-1111-1111-8111-111111111111';
  const strict = { id: 'R', guid, defaultConfiguration: { level: 'error' } };
  const mild = { id: 'M', defaultConfiguration: { level: 'note' } };
  const results: Record<string, object> = {
    id: { ruleId: 'R' },
    'part of an id': { ruleId: 'R/1' },
    guid: { rule: { guid } },
    component: { rule: { index: 0, toolComponent: { name: 'x' } } },
    invocation: { ruleId: 'M', provenance: { invocationIndex: 0 } },
    notification: { ruleId: 'M' },
  };
  const rules = by === 'component' ? [mild] : [mild, strict];
  const noticed = by === 'notification' ? [{ descriptor: { id: 'N' } }] : [];
  const raised = by === 'invocation' ? [{ descriptor: { id: 'M' }, configuration: { level: 'error' } }] : [];
  const invocation = {
    executionSuccessful: true,
    ruleConfigurationOverrides: raised,
    toolExecutionNotifications: noticed,
  };
  const driver = { name: 't', rules, notifications: [{ id: 'N', defaultConfiguration: { level: 'error' } }] };
  const tool = { driver, extensions: [{ name: 'x', rules: [strict] }] };
  return { version: '2.1.0', runs: [{ tool, invocations: [invocation], results: [results[by]] }] };
}

/** Failing reports in which the only proof of the failure is what is garbled. */
const failing: readonly (readonly [string, object])[] = [
  [
    'Trivy, a vulnerability',
    { SchemaVersion: 2, Results: [{ Target: 'a', Vulnerabilities: [{ VulnerabilityID: 'C', Severity: 'HIGH' }] }] },
  ],
  [
    'Trivy, a licence',
    { SchemaVersion: 2, Results: [{ Target: 'a', Class: 'license', Licenses: [{ Severity: 'CRITICAL' }] }] },
  ],
  [
    'Trivy, a misconfiguration',
    {
      SchemaVersion: 2,
      Results: [
        {
          Target: 'a',
          MisconfSummary: { Successes: 1, Failures: 1 },
          Misconfigurations: [{ Severity: 'HIGH', Status: 'FAIL' }],
        },
      ],
    },
  ],
  ['Grype', { matches: [{ vulnerability: { id: 'C', severity: 'Critical' } }], descriptor: { name: 'grype' } }],
  [
    'npm',
    {
      auditReportVersion: 2,
      vulnerabilities: { a: { severity: 'high' } },
      metadata: { vulnerabilities: { low: 0, moderate: 0, high: 1, critical: 0, total: 1 } },
    },
  ],
  [
    'SARIF, a level',
    { version: '2.1.0', runs: [{ tool: { driver: { name: 't' } }, results: [{ level: 'error', message: {} }] }] },
  ],
  [
    'SARIF, the level of a rule',
    {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 't', rules: [{ id: 'R', defaultConfiguration: { level: 'error' } }] } },
          results: [{ ruleIndex: 0, message: {} }],
        },
      ],
    },
  ],
  [
    'SARIF, a score',
    {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 't', rules: [{ id: 'R', properties: { 'security-severity': '9.8' } }] } },
          results: [{ ruleIndex: 0, level: 'warning' }],
        },
      ],
    },
  ],
  [
    'SARIF, an override',
    {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 't', rules: [{ id: 'R', defaultConfiguration: { level: 'note' } }] } },
          invocations: [
            {
              executionSuccessful: true,
              ruleConfigurationOverrides: [{ descriptor: { index: 0 }, configuration: { level: 'error' } }],
            },
          ],
          results: [{ ruleIndex: 0 }],
        },
      ],
    },
  ],
  ...['id', 'part of an id', 'guid', 'component', 'invocation'].map(
    (by) => [`SARIF, a rule by ${by}`, sarifNaming(by)] as const,
  ),
];

/** A bag of the standard may be any bag, and hold anything under any name. */
const isFree = (place: Place, isName: boolean) =>
  place.includes('properties') && isName === (place.at(-1) !== 'properties');
const isEmpty = (value: unknown) => value === null || (typeof value === 'object' && Object.keys(value).length === 0);
const isContainer = (value: unknown, place: Place): boolean => {
  const there = valueAt(value, place);
  return typeof there === 'object' && there !== null;
};
/** Names by which no reader recognises what it reads. */
const strange = fc.constantFrom<unknown>('X', '?', '-old', 'é');
const strangeValue = fc.constantFrom<unknown>('???', 'SEVERE', 17, -1, null, {}, { a: [1] }, true);

describe('garbling any part of a scan report that fails', () => {
  const tried = tally();
  afterAll(() => tried.report('garbled scan reports that fail: none passes'));

  it.each(failing)('never makes it pass: %s', async (_what, report) => {
    expect(await scan(report)).toBe('fail');
    const places = placesOf(report);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom('name' as const, 'value' as const),
        strange,
        strangeValue,
        async (place, how, name, value) => {
          const isName = how === 'name' && typeof place.at(-1) === 'string';
          fc.pre(!isFree(place, isName));
          // Nothing in the place of a list or an object is that it was taken away.
          const other = isEmpty(value) && isContainer(report, place) ? 17 : value;
          const changed = garbled(report, place, isName ? 'name' : 'value', isName ? name : other);
          tried.add();
          expect({ changed, verdict: await scan(changed) }).not.toMatchObject({ verdict: 'pass' });
        },
      ),
      runs(300),
    );
  });
});

it('garbling any part of a SARIF log that notes an error of the scan never makes it pass', async () => {
  const log = sarifNaming('notification');
  expect(await scan(log)).toBe('none');
  for (const place of placesOf(log))
    for (const how of ['name', 'value'] as const) {
      if (typeof place.at(-1) !== 'string' && how === 'name') continue;
      const changed = garbled(log, place, how, how === 'name' ? 'X' : '???');
      expect({ changed, verdict: await scan(changed) }).not.toMatchObject({ verdict: 'pass' });
    }
});

const failingTests: readonly (readonly [string, string])[] = [
  [
    'a failure',
    '<testsuite tests="2"><testcase name="a"/><testcase name="b"><failure message="m"/></testcase></testsuite>',
  ],
  ['an error', '<testsuite tests="1"><testcase name="b"><error/></testcase></testsuite>'],
  ['a word', '<testsuite tests="1"><testcase name="b" status="failed"></testcase></testsuite>'],
  [
    'a nested suite',
    '<testsuites tests="2"><testsuite tests="2"><testcase/><testsuite tests="1"><testcase><failure/></testcase></testsuite></testsuite></testsuites>',
  ],
  ...['outcome="Failed"', 'state="failed"', 'result="Failure"', 'success="false"', 'failure="m"'].map(
    (says) =>
      [
        `a test by ${says}`,
        `<testsuite tests="2"><testcase/><testcase name="b" ${says}></testcase></testsuite>`,
      ] as const,
  ),
  ...['failures="1"', 'Failures="1"', 'failed="1"', 'errors="1"', 'result="Failure"'].map(
    (says) =>
      [`a suite by ${says}`, `<testsuite tests="1" ${says}><testcase name="b"></testcase></testsuite>`] as const,
  ),
];

/** All names of elements and attributes, and all values. */
const tokens = (xml: string) => [...xml.matchAll(/[\w]+/g)].map(([token]) => token);

describe('garbling any part of a test report that fails', () => {
  const tried = tally();
  afterAll(() => tried.report('garbled test reports that fail: none passes'));

  const judge = (xml: string) => verdictOf(judgeJunit([reportOf('junit.xml', xml)], readXml));

  it.each(failingTests)('never makes it pass: %s', async (_what, xml) => {
    expect(await judge(xml)).toBe('fail');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tokens(xml)), fc.constantFrom('x', 'ed', '_', 'y1'), async (token, by) => {
        const changed = xml.replaceAll(new RegExp(`\\b${token}\\b`, 'g'), `${token}${by}`);
        tried.add();
        expect({ changed, verdict: await judge(changed) }).not.toMatchObject({ verdict: 'pass' });
      }),
      runs(100),
    );
  });

  it.each(failingTests)('nor does cutting it anywhere: %s', async (_what, xml) => {
    tried.add(xml.length);
    for (let end = 0; end < xml.length; end += 1) expect(await judge(xml.slice(0, end))).not.toBe('pass');
  });

  it.each(failingTests)('nor does taking a test away that a suite promises: %s', async (_what, xml) => {
    const without = xml.replace(/<testcase[^>]*>(<failure[^>]*>|<error\/>)?<\/testcase>/, '');
    expect(without).not.toBe(xml);
    expect(await judge(without)).not.toBe('pass');
  });
});
