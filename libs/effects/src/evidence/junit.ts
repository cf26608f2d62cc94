import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { counted, noData, unreadable, Unusable, type Finding } from './evidence-result.ts';
import { textOf, type Report } from './reports.ts';

export type TestCounts = { tests: number; failures: number; errors: number; skipped: number };

type Node = Record<string, unknown>;

const none: TestCounts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
});

/** Judges JUnit reports together: at least one test that ran, no failure, no error. */
export function judgeJunit(reports: Report[]): Finding {
  const counts = reports.map((report) => countTests(report)).reduce(sum, none);
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
function countTests(report: Report): TestCounts {
  const root = parse(textOf(report), report.file.path);
  const suites = [...children(root, 'testsuites'), ...children(root, 'testsuite')];
  if (suites.length === 0) throw unreadable(`${report.file.path} is not a JUnit report`);
  return suites.map(countSuite).reduce(sum, none);
}

function parse(text: string, path: string): Node {
  // Neither entities nor their declarations are needed in a report, and both have been used to exhaust readers.
  if (/^\s*(<\?[^>]*\?>|<!--[\s\S]*?-->|\s)*<!DOCTYPE/i.test(text.slice(0, 10_000))) {
    throw unreadable(`${path} declares a document type, which is not read`);
  }
  try {
    const validity = XMLValidator.validate(text);
    if (validity !== true) throw unreadable(`${path} is not whole XML: line ${validity.err.line ?? 1}`);
    return parser.parse(text) as Node;
  } catch (error) {
    throw error instanceof Unusable ? error : unreadable(`${path} cannot be parsed as XML`);
  }
}

function countSuite(suite: Node): TestCounts {
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

function countCase(testCase: Node): TestCounts {
  const has = (name: string) => (name in testCase ? 1 : 0);
  const status = testCase['@status'];
  const notRun = typeof status === 'string' && /^(notrun|disabled|skipped)$/i.test(status);
  const failed = has('failure') + has('error') > 0;
  const skipped = !failed && (has('skipped') || notRun) ? 1 : 0;
  return { tests: 1, failures: has('failure'), errors: has('failure') ? 0 : has('error'), skipped };
}

const declared = (suite: Node, name: string) => Math.max(0, Number(suite[`@${name}`]) || 0);

/** An element without attributes and content is parsed to an empty text, which is a node like any other. */
function children(node: Node, name: string): Node[] {
  const found = node[name];
  const all = found === undefined ? [] : Array.isArray(found) ? found : [found];
  return all.map((child) => (typeof child === 'object' && child !== null ? (child as Node) : {}));
}

const sum = (a: TestCounts, b: TestCounts): TestCounts => ({
  tests: a.tests + b.tests,
  failures: a.failures + b.failures,
  errors: a.errors + b.errors,
  skipped: a.skipped + b.skipped,
});
