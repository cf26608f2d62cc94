import { describe, expect, it } from 'vitest';
import { readXml } from '@backstay/guarded-io';
import { judgeJunit } from './junit.ts';
import { reportOf } from './testing.test-support.ts';

const judge = (...reports: string[]) =>
  judgeJunit(
    reports.map((text, index) => reportOf(`${index}.xml`, text)),
    readXml,
  );

describe('a test report', () => {
  it('with tests whose end is not known is no evidence', async () => {
    const aborted = '<testcase><aborted/></testcase>'.repeat(3);
    await expect(judge(`<testsuite>${aborted}</testsuite>`)).rejects.toThrow('a test of 0.xml holds <aborted>');
    await expect(judge('<testsuite><testcase status="inconclusive"/></testsuite>')).rejects.toThrow(
      'a test of 0.xml ended “inconclusive”, which is not known here',
    );
  });

  it.each(['run', 'passed', 'PASS', 'completed'])('knows that a test ended well by the word %s', async (status) => {
    expect(await judge(`<testsuite><testcase status="${status}"/></testsuite>`)).toMatchObject({ verdict: 'pass' });
  });

  it('that promises more tests than it lists is no evidence', async () => {
    await expect(judge('<testsuite tests="10"><testcase name="a"/></testsuite>')).rejects.toThrow(
      'a test suite of 0.xml says that it has 10 tests, and lists 1',
    );
    await expect(
      judge('<testsuites tests="3"><testsuite tests="1"><testcase/></testsuite></testsuites>'),
    ).rejects.toThrow('says that it has 3 tests, and lists 1');
    await expect(
      judge('<testsuites><testsuite tests="1"><testcase/></testsuite><testsuite tests="5"/></testsuites>'),
    ).rejects.toThrow('says that it has 5 tests, and lists 0');
    await expect(judge('<testsuite><testcase/></testsuite>', '<testsuite tests="2"/>')).rejects.toThrow('lists 0');
  });

  it.each([
    'status="failed"',
    'STATUS="Failed"',
    'outcome="Failed"',
    'state="failed"',
    'result="Failure"',
    'success="false"',
    'failure="it broke"',
    'failed="true"',
    'error="1"',
  ])('fails by a test that says %s', async (says) => {
    expect(await judge(`<testsuite><testcase/><testcase ${says}/></testsuite>`)).toMatchObject({
      verdict: 'fail',
      facts: { tests: 2, failures: 1 },
    });
  });

  it.each(['failures="1"', 'Failures="1"', 'failed="1"', 'result="Failure"', 'success="False"'])(
    'fails by a suite that says %s',
    async (says) => {
      const report = `<testsuite ${says}><testcase/></testsuite>`;
      expect(await judge(report)).toMatchObject({ verdict: 'fail', facts: { failures: 1 } });
    },
  );

  it.each(['executed="false"', 'skipped="true"', 'outcome="NotExecuted"', 'disabled="1"', 'status="notrun"'])(
    'counts as skipped a test that says %s',
    async (says) => {
      const report = `<testsuite><testcase/><testcase ${says}/></testsuite>`;
      expect(await judge(report)).toMatchObject({ verdict: 'pass', facts: { tests: 2, skipped: 1 } });
      await expect(judge(`<testsuite><testcase ${says}/></testsuite>`)).rejects.toThrow('no test ran (1 test skipped)');
    },
  );

  it.each([
    ['testcase', 'outcome="Inconclusive"', 'a test of 0.xml ended “Inconclusive”'],
    ['testcase', 'success="perhaps"', 'a test of 0.xml says success="perhaps"'],
    ['testcase', 'aborted="true"', 'a test of 0.xml says aborted="true"'],
    ['testcase', 'verdict="bad"', 'a test of 0.xml says verdict="bad"'],
    ['testsuite', 'aborted="1"', 'a test suite of 0.xml says aborted="1"'],
    ['testsuite', 'failuresx="1"', 'a test suite of 0.xml says failuresx="1"'],
    ['testsuite', 'failures=""', 'a test suite says failures="", which is not a number'],
  ])('is no evidence where a %s says %s', async (element, says, message) => {
    const report = '<testsuite><testcase/></testsuite>'.replace(`<${element}`, `<${element} ${says}`);
    await expect(judge(report)).rejects.toThrow(message);
  });

  it.each<[string, string]>([
    [
      'pytest',
      '<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1" time="0.1" timestamp="2026-01-01T00:00:00" hostname="h"><testcase classname="c" name="n" time="0.1"/></testsuite></testsuites>',
    ],
    [
      'Surefire',
      '<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="s.xsd" version="3.0" name="n" time="1" tests="1" errors="0" skipped="0" failures="0" flakes="0"><testcase name="n" classname="c" group="g" time="1"/></testsuite>',
    ],
    [
      'GoogleTest',
      '<testsuites tests="1" failures="0" disabled="0" errors="0" time="0" timestamp="t" random_seed="7" name="All"><testsuite name="n" tests="1" failures="0" disabled="0" skipped="0" errors="0" time="0" timestamp="t"><testcase name="n" value_param="1" file="f.cc" line="3" status="run" result="completed" time="0" timestamp="t" classname="c"/></testsuite></testsuites>',
    ],
    [
      'PHPUnit',
      '<testsuites><testsuite name="n" file="f" tests="1" assertions="2" errors="0" failures="0" warnings="0" skipped="0" time="0"><testcase name="n" class="C" classname="C" file="f" line="1" assertions="2" time="0"/></testsuite></testsuites>',
    ],
    [
      'nextest',
      '<testsuites name="n" tests="1" failures="0" errors="0" uuid="u" timestamp="t" time="0"><testsuite name="n" tests="1" disabled="0" errors="0" failures="0"><testcase name="n" classname="c" timestamp="t" time="0"/></testsuite></testsuites>',
    ],
    [
      'Node',
      '<testsuites><testsuite name="n" time="0" disabled="0" errors="0" tests="1" failures="0" skipped="0" hostname="h"><testcase name="n" time="0" classname="test" file="f"/></testsuite></testsuites>',
    ],
  ])('of %s is understood', async (_runner, report) => {
    expect(await judge(report)).toMatchObject({ verdict: 'pass', facts: { tests: 1, skipped: 0 } });
  });

  it('whose suites say that all their tests were skipped ran none', async () => {
    const skipped = '<testsuite tests="2" skipped="2"><testcase/><testcase/></testsuite>';
    await expect(judge(skipped)).rejects.toThrow('no test ran (2 tests skipped)');
  });

  it('fails by a failure that is written, whatever else is not understood', async () => {
    const mixed = '<testsuite tests="9"><testcase><aborted/></testcase><testcase><failure/></testcase></testsuite>';
    expect(await judge(mixed)).toMatchObject({ verdict: 'fail', facts: { failures: 1 } });
    expect(await judge('<testsuite><testcase><aborted/></testcase></testsuite>', mixed)).toMatchObject({
      verdict: 'fail',
    });
  });

  it('with elements that are not known is no evidence', async () => {
    await expect(judge('<testsuite><testcase/><test><failed/></test></testsuite>')).rejects.toThrow(
      'a test suite of 0.xml holds <test>, which is not known here',
    );
  });
});
