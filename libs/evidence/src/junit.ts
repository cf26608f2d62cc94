import { counted } from '@backstay/document';
import { noData, unreadable, type Finding } from './evidence-result.ts';
import { inSequence, textOf, type Report } from './reports.ts';
import type { ReadXml, XmlNode } from './sources.ts';
import { reportedBy } from './junit-attributes.ts';
import { names } from './understood.ts';

export type TestCounts = { tests: number; failures: number; errors: number; skipped: number };

const none: TestCounts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

/** Judges JUnit reports together: at least one test that ran, no failure, no error, and none whose end is not known. */
export async function judgeJunit(reports: Report[], readXml: ReadXml): Promise<Finding> {
  const read = await inSequence(reports, (report) => readTests(report, readXml));
  const counts = read.map(({ tests }) => tests).reduce(sum, none);
  const files = reports.map(({ file }) => file);
  const isFailed = counts.failures + counts.errors > 0;
  const [doubt] = read.flatMap(({ doubts }) => doubts);
  // A failure that is written is one, whatever else the report holds.
  if (!isFailed && counts.tests <= counts.skipped) {
    const none = `${files.map(({ path }) => path).join(', ')}: no test ran (${counted(counts.skipped, 'test')} skipped)`;
    throw noData(doubt === undefined ? none : `${none}; ${doubt}`);
  }
  if (!isFailed && doubt !== undefined) throw unreadable(doubt);
  const summary = `${counted(counts.tests, 'test')}, ${counted(counts.failures, 'failure')}, ${counted(counts.errors, 'error')}, ${counts.skipped} skipped`;
  const attested = reports.every((report) => report.attested);
  return { verdict: isFailed ? 'fail' : 'pass', attested, summary, facts: { ...counts }, files };
}

interface ReadReport {
  readonly tests: TestCounts;
  /** Sentences about what the report holds and nobody understands. */
  readonly doubts: readonly string[];
}

function readTests(report: Report, readXml: ReadXml): ReadReport {
  const { path } = report.file;
  const read = readXml(textOf(report));
  if (!read.ok) throw unreadable(`${path} ${read.reason}`);
  const suites = [...children(read.root, 'testsuites'), ...children(read.root, 'testsuite')];
  if (suites.length === 0) throw unreadable(`${path} is not a JUnit report`);
  const reader = new TestReader(path);
  return { tests: suites.map((suite) => reader.countSuite(suite)).reduce(sum, none), doubts: reader.doubts };
}

const suiteParts = names('testsuites testsuite testcase properties system-out system-err failure error skipped #text');
/** Surefire notes what a rerun brought beside how the test ended. */
const caseParts = names(
  'failure error skipped properties system-out system-err flakyFailure flakyError rerunFailure rerunError #text',
);

/** Counts test cases, whatever the suites say of themselves; what only a suite says of failures counts too. */
class TestReader {
  readonly doubts: string[] = [];
  readonly #path: string;
  readonly #doubt = (sentence: string): void => {
    // The first is the one that is reported.
    if (this.doubts.length === 0) this.doubts.push(sentence);
  };

  constructor(path: string) {
    this.#path = path;
  }

  countSuite(suite: XmlNode): TestCounts {
    this.#mustKnow(suite, suiteParts, 'a test suite');
    const cases = children(suite, 'testcase').map((each) => this.#countCase(each));
    const inner = [...children(suite, 'testsuite'), ...children(suite, 'testsuites')].map((each) =>
      this.countSuite(each),
    );
    const own = { ...none, failures: children(suite, 'failure').length, errors: children(suite, 'error').length };
    const counts = [...cases, ...inner, own].reduce(sum, none);
    const reported = reportedBy(suite, 'a test suite', this.#path, this.#doubt);
    if (reported.tests > counts.tests)
      this.#doubt(`a test suite of ${this.#path} says that it has ${reported.tests} tests, and lists ${counts.tests}`);
    const isFailed = counts.failures + counts.errors > 0;
    return {
      ...counts,
      failures: Math.max(counts.failures, reported.failures, Number(reported.failed && !isFailed)),
      errors: Math.max(counts.errors, reported.errors),
      skipped: reported.skipped
        ? counts.tests
        : Math.max(counts.skipped, Math.min(counts.tests, reported.skippedTests)),
    };
  }

  #countCase(testCase: XmlNode): TestCounts {
    const has = (name: string) => name in testCase;
    // Node's own test runner notes a failure of what is yet to be done, which is none.
    const todo = children(testCase, 'skipped').some((skipped) => skipped['@type'] === 'todo');
    if (todo) return { ...none, tests: 1, skipped: 1 };
    this.#mustKnow(testCase, caseParts, 'a test');
    const reported = reportedBy(testCase, 'a test', this.#path, this.#doubt);
    const failed = has('failure') || (!has('error') && reported.failed);
    const errored = !failed && has('error');
    const skipped = !failed && !errored && (has('skipped') || reported.skipped);
    return { tests: 1, failures: Number(failed), errors: Number(errored), skipped: Number(skipped) };
  }

  #mustKnow(node: XmlNode, parts: ReadonlySet<string>, what: string): void {
    const strange = Object.keys(node).find((name) => !name.startsWith('@') && !parts.has(name));
    if (strange !== undefined)
      this.#doubt(`${what} of ${this.#path} holds <${strange.slice(0, 40)}>, which is not known here`);
  }
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
