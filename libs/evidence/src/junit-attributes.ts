import type { XmlNode } from './sources.ts';
import { names } from './understood.ts';

/** What the attributes of a suite or a test say of how it ended. */
export interface Reported {
  failed: boolean;
  skipped: boolean;
  tests: number;
  failures: number;
  errors: number;
  skippedTests: number;
}

type Count = 'tests' | 'failures' | 'errors' | 'skippedTests';
type Meaning = 'harmless' | 'end' | 'isGood' | 'isBad' | 'isRun' | 'isSkipped' | 'unclear' | Count;

const describing = `name classname class file filename filepath line lineno column col time duration timestamp started finished hostname
  host id uuid package group url assertions asserts version seed random_seed`;

const meanings = (table: Partial<Record<Meaning, string>>): ReadonlyMap<string, Meaning> =>
  new Map(
    Object.entries({ harmless: describing, end: 'status result state outcome', isGood: 'success', ...table }).flatMap(
      ([meaning, text]) => [...names(text)].map((name) => [name, meaning as Meaning] as const),
    ),
  );

/** What was broken off, and what PHPUnit warns of, neither passed nor failed. */
const unclear = 'aborted interrupted inconclusive invalid warnings timeouts crashed unknown';
const kinds = {
  'a test suite': meanings({
    harmless: `${describing} flakes`,
    tests: 'tests total',
    failures: 'failures failed failure',
    errors: 'errors errored error',
    skippedTests: 'skipped skip skips disabled ignored notrun not-run pending todo',
    isRun: 'executed',
    unclear,
  }),
  // The test runner of Node gives the message of a failure as an attribute.
  'a test': meanings({
    harmless: `${describing} value_param type_param`,
    isBad: 'failed failure failures error errors errored',
    isSkipped: 'skipped disabled ignored notrun',
    isRun: 'executed',
    unclear,
  }),
};

const failedWords = /^(fail|failed|failure|error|broken)$/i;
const skippedWords = /^(notrun|notexecuted|disabled|skipped|suppressed|ignored|pending)$/i;
const passedWords = /^(pass|passed|ok|success|successful|run|completed|complete)$/i;
const yes = /^(true|yes|1)$/i;
const no = /^(false|no|0)$/i;
const isFlag = (text: string) => yes.test(text) || no.test(text);

/** Notes what a value says; false where it is not understood. */
type Note = (reported: Reported, text: string) => boolean;

const counting =
  (count: Count): Note =>
  (reported, text) => {
    if (!/^\d{1,9}$/.test(text)) return false;
    // Tests that were not run may be of several kinds, each with its own number.
    reported[count] =
      count === 'skippedTests' ? reported[count] + Number(text) : Math.max(reported[count], Number(text));
    return true;
  };

const notes: Record<Meaning, Note> = {
  harmless: () => true,
  unclear: (_, text) => no.test(text),
  end: (reported, text) => {
    reported.failed ||= failedWords.test(text);
    reported.skipped ||= skippedWords.test(text);
    return [failedWords, skippedWords, passedWords].some((words) => words.test(text));
  },
  isBad: (reported, text) => (reported.failed ||= !no.test(text)) || true,
  isGood: (reported, text) => (reported.failed ||= no.test(text)) || isFlag(text),
  isRun: (reported, text) => (reported.skipped ||= no.test(text)) || isFlag(text),
  isSkipped: (reported, text) => (reported.skipped ||= yes.test(text)) || isFlag(text),
  tests: counting('tests'),
  failures: counting('failures'),
  errors: counting('errors'),
  skippedTests: counting('skippedTests'),
};

/** Of XML itself, and of its schema. */
const ofXml = /^@(xml(ns)?(:|$)|xsi:)/;

/**
 * Reads all attributes of a suite or a test; a name means the same in upper and lower case. `doubt` is called with a sentence for each
 * that is not understood.
 */
export function reportedBy(
  node: XmlNode,
  kind: keyof typeof kinds,
  path: string,
  doubt: (sentence: string) => void,
): Reported {
  const reported: Reported = { failed: false, skipped: false, tests: 0, failures: 0, errors: 0, skippedTests: 0 };
  for (const [key, value] of Object.entries(node)) {
    if (!key.startsWith('@') || ofXml.test(key)) continue;
    const [name, text] = [key.slice(1), String(value).trim()];
    const meaning = kinds[kind].get(name.toLowerCase());
    if (meaning === undefined || !notes[meaning](reported, text)) doubt(sentenceOf(kind, path, name, text, meaning));
  }
  return reported;
}

function sentenceOf(kind: string, path: string, name: string, text: string, meaning: Meaning | undefined): string {
  const written = `${name.slice(0, 40)}="${text.slice(0, 20)}"`;
  if (meaning === 'end') return `${kind} of ${path} ended “${text.slice(0, 20)}”, which is not known here`;
  if (meaning !== undefined && isCount(meaning)) return `${kind} says ${written}, which is not a number`;
  return `${kind} of ${path} says ${written}, which is not known here`;
}

const isCount = (meaning: Meaning): boolean => ['tests', 'failures', 'errors', 'skippedTests'].includes(meaning);
