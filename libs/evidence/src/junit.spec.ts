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
