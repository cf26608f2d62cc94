import { codeContent, match, pattern, splitOutsideCode } from '../markdown/code-spans.ts';
import { durationPattern } from './duration.ts';
import { problemOfPattern } from './log-patterns.ts';
import { nearest } from '../problems/nearest.ts';
import type { Duty, Evidence } from '../plan/values.ts';
import { readEnvironment } from './environments.ts';
import { ownShell, type Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';

type Groups = Partial<Record<string, Span>>;

interface EvidenceForm {
  readonly word: string;
  readonly example: string;
  readonly pattern: RegExp;
  readonly read: (groups: Groups, reading: Reading) => Evidence | undefined;
}

const text = (span: Span, reading: Reading): string => reading.text(reading.bare(span)).text;
const fixed = (span: Span, reading: Reading): string | undefined => reading.fixed(reading.bare(span))?.text;

type LogEvidence = Extract<Evidence, { reader: 'log' }>;

function logOf(patterns: Span, places: Partial<LogEvidence>, reading: Reading): LogEvidence | undefined {
  const spans = splitOutsideCode(patterns, /,/g).map((each) => codeContent(each)!);
  for (const span of spans) {
    const problem = problemOfPattern(span.text);
    if (problem !== undefined) return reading.report.error(span, 'bad-value', problem);
  }
  return { reader: 'log', files: [], patterns: spans.map((span) => span.text), allow: [], ...places };
}

const evidenceForms: readonly EvidenceForm[] = [
  {
    word: 'junit',
    example: 'junit `reports/*.xml`',
    pattern: pattern(String.raw`junit (?<glob>CODE|\S+)`),
    read: ({ glob }, reading) => {
      const found = fixed(glob!, reading);
      return found === undefined ? undefined : { reader: 'junit', glob: found };
    },
  },
  {
    word: 'sarif',
    example: 'sarif `reports/scan.sarif`',
    pattern: pattern(String.raw`sarif (?<glob>CODE|\S+)`),
    read: ({ glob }, reading) => {
      const found = fixed(glob!, reading);
      return found === undefined ? undefined : { reader: 'sarif', glob: found };
    },
  },
  {
    word: 'commit',
    example: 'commit touches `CHANGELOG.md`',
    pattern: pattern(String.raw`commit touches (?<path>CODE|\S+)`),
    read: ({ path }, reading) => {
      const found = fixed(path!, reading);
      return found === undefined ? undefined : { reader: 'commit-touches', path: found };
    },
  },
  {
    word: 'url',
    example: 'url `https://…`',
    pattern: pattern(String.raw`url (?<url>CODE|\S+)`),
    read: ({ url }, reading) => {
      const value = reading.fixedUrl(url!);
      return value === undefined ? undefined : { reader: 'url', url: value };
    },
  },
  {
    word: 'log',
    example: 'log `file` has no `pattern`',
    pattern: pattern(String.raw`log (?<file>CODE|\S+) has no (?<patterns>CODE(?:\s*,\s*CODE)*)`),
    read: ({ file, patterns }, reading) => {
      const found = fixed(file!, reading);
      return found === undefined ? undefined : logOf(patterns!, { files: [found] }, reading);
    },
  },
  {
    word: 'log',
    example: 'log of command `journalctl -u orders-api` has no `pattern`',
    pattern: pattern(String.raw`log of command (?<command>CODE) has no (?<patterns>CODE(?:\s*,\s*CODE)*)`),
    read: ({ command, patterns }, reading) => {
      const printed = reading.command(command!, false, ownShell);
      return printed && logOf(patterns!, { command: printed }, reading);
    },
  },
  {
    word: 'log',
    example: 'log from Loki `https://…` with `{app="orders-api"}` has no `pattern`',
    pattern: pattern(
      String.raw`log from Loki (?<url>CODE|\S+) with (?<query>CODE) has no (?<patterns>CODE(?:\s*,\s*CODE)*)`,
    ),
    read: ({ url, query, patterns }, reading) => {
      const value = reading.url(url!);
      if (value === undefined) return undefined;
      return logOf(patterns!, { loki: { url: value, query: text(query!, reading) } }, reading);
    },
  },
  {
    word: 'deployment',
    example: 'deployment of this version in staging',
    pattern: pattern(String.raw`deployment of this version in (?<environment>[A-Za-z][\w-]*)`),
    read: ({ environment }, reading) => {
      const name = readEnvironment(environment!, reading);
      return name === undefined ? undefined : { reader: 'deployed-in', environment: name };
    },
  },
  {
    word: 'rollback',
    example: 'rollback rehearsed within 30d',
    pattern: pattern(`rollback rehearsed within (?<time>${durationPattern})`),
    read: ({ time }, reading) => {
      const withinMs = reading.duration(time!);
      return withinMs === undefined ? undefined : { reader: 'rollback-rehearsed', withinMs };
    },
  },
];

/** Reads what follows `Evidence:`. */
export function readEvidence(span: Span, reading: Reading): Evidence | undefined {
  for (const form of evidenceForms) {
    const groups = match(span, form.pattern);
    if (groups) return form.read(groups, reading);
  }
  const first = span.text.split(/\s/, 1)[0]!;
  const word = nearest(
    first,
    evidenceForms.map((form) => form.word),
  );
  const near = evidenceForms.find((form) => form.word === word);
  const examples = evidenceForms.map(({ example }) => example).join(' · ');
  const message = near
    ? `“${span.text}” is not evidence; did you mean “${near.example}”?`
    : `“${span.text}” is not evidence; write one of: ${examples}`;
  return reading.report.error(span, 'bad-value', message, near && `Evidence: ${near.example}`);
}

const dutyPattern = pattern(String.raw`(?<verb>approved|confirmed|not applicable) by (?<duty>\S+)`);

/** Reads what follows `Manual:`. */
export function readDuty(span: Span, reading: Reading): Duty | undefined {
  const groups = match(span, dutyPattern);
  const duty = groups?.['duty'] && reading.bare(groups['duty']);
  if (!groups || !duty) {
    const meant = meantDuty(span.text);
    const message = `expected “approved by DUTY”, “confirmed by DUTY” or “not applicable by DUTY”, the duty one word${meant ? `; did you mean “${meant}”?` : ''}`;
    return reading.report.error(span, 'bad-value', message, `Manual: ${meant ?? 'confirmed by DUTY'}`);
  }
  const name = readDutyName(duty, reading);
  const verb = groups['verb']!.text.toLowerCase().replace(/\s+/, '-') as Duty['verb'];
  return name === undefined ? undefined : { verb, duty: name };
}

/** The duty that stands there without a verb, or with one that is not quite it; never another duty than the written one. */
function meantDuty(text: string): string | undefined {
  const found =
    /^(?:(approv|confirm)[a-z]*\s+(?:by\s+|from\s+)?)?(?!(?:approv|confirm|by$|from$))`?([A-Za-z][\w-]{0,62})`?\.?$/i.exec(
      text,
    );
  if (!found) return undefined;
  return `${found[1]?.toLowerCase() === 'approv' ? 'approved' : 'confirmed'} by ${found[2]}`;
}

export function readDutyName(span: Span, reading: Reading): string | undefined {
  if (/^[A-Za-z][\w.-]{0,62}$/.test(span.text)) return span.text;
  return reading.report.error(span, 'bad-name', `“${span.text}” is not a duty; write one word, as tech-writer`);
}

/** The addresses that are called for it. */
export function callsOfEvidence(evidence: Evidence): string[] {
  if (evidence.reader === 'url') return [evidence.url];
  return evidence.reader === 'log' && evidence.loki ? [evidence.loki.url] : [];
}

/** What a rule wants without the environment that it names: what a production document wants of production, another wants of its own. */
export function anywhere(rule: object): object {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => key !== 'environment'));
}

/** Evidence in a few words, for people. */
export function describeEvidence(evidence: Evidence): string {
  if (evidence.reader === 'log') return describeLog(evidence);
  const { reader, ...rest } = evidence;
  const words = Object.values(rest).flat();
  return [reader, ...words.filter((word) => typeof word === 'string' || typeof word === 'number')].join(' ');
}

function describeLog({ files, command, loki, patterns }: LogEvidence): string {
  const places = [
    ...files,
    ...(command ? [`what \`${command.text}\` prints`] : []),
    ...(loki ? [`Loki ${loki.query} at ${loki.url}`] : []),
  ];
  return `log ${places.join(', ')}: no ${patterns.join(', ')}`;
}
