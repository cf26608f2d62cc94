import { counted, noData, unreadable, type Finding } from './evidence-result.ts';
import { inSequence, textOf, type Report } from './reports.ts';
import type { ReadXml, XmlNode } from './sources.ts';

export type TestCounts = { tests: number; failures: number; errors: number; skipped: number };

const none: TestCounts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

/** Judges JUnit reports together: at least one test that ran, no failure, no error. */
export async function judgeJunit(reports: Report[], readXml: ReadXml): Promise<Finding> {
  const counts = (await inSequence(reports, (report) => countTests(report, readXml))).reduce(sum, none);
  const files = reports.map(({ file }) => file);
  const ran = counts.tests - counts.skipped;
  if (ran <= 0 && counts.failures + counts.errors === 0) {
    throw noData(
      `${files.map(({ path }) => path).join(', ')}: no test ran (${counted(counts.skipped, 'test')} skipped)`,
    );
  }
  const verdict = counts.failures + counts.errors === 0 ? 'pass' : 'fail';
  const summary = `${counted(counts.tests, 'test')}, ${counted(counts.failures, 'failure')}, ${counted(counts.errors, 'error')}, ${counts.skipped} skipped`;
  return { verdict, attested: reports.every(({ attested }) => attested), summary, facts: { ...counts }, files };
}

/** Counts test cases, whatever the suites say of themselves; a failure or error that only a suite declares counts too. */
function countTests(report: Report, readXml: ReadXml): TestCounts {
  const read = readXml(textOf(report));
  if (!read.ok) throw unreadable(`${report.file.path} ${read.reason}`);
  const { root } = read;
  const suites = [...children(root, 'testsuites'), ...children(root, 'testsuite')];
  if (suites.length === 0) throw unreadable(`${report.file.path} is not a JUnit report`);
  return suites.map(countSuite).reduce(sum, none);
}

function countSuite(suite: XmlNode): TestCounts {
  const cases = children(suite, 'testcase').map(countCase);
  const inner = [...children(suite, 'testsuite'), ...children(suite, 'testsuites')].map(countSuite);
  const own = { ...none, failures: children(suite, 'failure').length, errors: children(suite, 'error').length };
  const counts = [...cases, ...inner, own].reduce(sum, none);
  return {
    ...counts,
    failures: Math.max(counts.failures, declared(suite, 'failures')),
    errors: Math.max(counts.errors, declared(suite, 'errors')),
  };
}

function countCase(testCase: XmlNode): TestCounts {
  const has = (name: string) => name in testCase;
  const says = (word: RegExp) => [testCase['@status'], testCase['@result']].some((each) => word.test(String(each)));
  // Node's own test runner notes a failure of what is yet to be done, which is none.
  const todo = children(testCase, 'skipped').some((skipped) => skipped['@type'] === 'todo');
  if (todo) return { ...none, tests: 1, skipped: 1 };
  const failed = has('failure') || (!has('error') && says(/^(fail|failed|failure|error|broken)$/i));
  const errored = !failed && has('error');
  const skipped = !failed && !errored && (has('skipped') || says(/^(notrun|disabled|skipped|suppressed)$/i));
  return { tests: 1, failures: Number(failed), errors: Number(errored), skipped: Number(skipped) };
}

/** A number that cannot be read may stand for failures. */
function declared(suite: XmlNode, name: string): number {
  const value = suite[`@${name}`];
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^\d{0,9}$/.test(text)) return Number(text);
  throw unreadable(`a test suite says ${name}="${text.slice(0, 20)}", which is not a number`);
}

/** An element without attributes and content is parsed to an empty text, which is a node like any other. */
function children(node: XmlNode, name: string): XmlNode[] {
  const found = node[name];
  const all = found === undefined ? [] : Array.isArray(found) ? found : [found];
  return all.map((child) => (typeof child === 'object' && child !== null ? (child as XmlNode) : {}));
}

const sum = (a: TestCounts, b: TestCounts): TestCounts => ({
  tests: a.tests + b.tests,
  failures: a.failures + b.failures,
  errors: a.errors + b.errors,
  skipped: a.skipped + b.skipped,
});
