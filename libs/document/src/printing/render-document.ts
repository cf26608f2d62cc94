import { normalised } from '../markdown/source.ts';
import { listed, plainMarkdown, shownLine } from './harmless-markdown.ts';

/** A recorded event that proves a verdict, with its content in short. */
export interface LineEvidence {
  readonly eventId: string;
  readonly summary: string;
}

/** What was computed about one line; lines count from 1. */
export interface LineVerdict {
  readonly line: number;
  readonly kind:
    | 'step'
    | 'check'
    | 'limit'
    | 'trigger'
    | 'relation'
    | 'preflight'
    | 'documentation'
    | 'criterion'
    | 'problem';
  /** Of criteria, documentation and relations met, unmet, waiting, unknown; of steps their status; of others as `text` reports. */
  readonly verdict: string;
  readonly text: string;
  readonly evidence: readonly LineEvidence[];
}

/** A document with all that was computed about it. */
export interface JudgedDocument {
  /** Null where the request was a plan: then the verdicts stand alone. */
  readonly source: string | null;
  readonly verdicts: readonly LineVerdict[];
  /** What is said of the deployment as a whole, each a plain text. */
  readonly notes?: readonly string[];
}

/** One line of the source with what was computed about it; a box is ticked by the verdict alone. */
export interface JudgedLine {
  readonly number: number;
  readonly text: string;
  readonly verdicts: readonly LineVerdict[];
}

const box = /^(\s*(?:[-*+]|\d+[.)])\s+)\[[ xX]\](\s+)/;
const good: readonly string[] = ['met', 'succeeded', 'passed'];

/** The lines of the source; verdicts on lines that it does not have stand on a last, empty one. */
export function judgedLines(source: string, verdicts: readonly LineVerdict[]): readonly JudgedLine[] {
  const lines = normalised(source).split('\n');
  const byLine = new Map<number, LineVerdict[]>();
  for (const each of verdicts) {
    const there = byLine.get(each.line);
    if (there === undefined) byLine.set(each.line, [each]);
    else there.push(each);
  }
  const beyond = verdicts.filter(({ line }) => line < 1 || line > lines.length);
  return [
    ...lines.map((line, index) => judgedLine(index + 1, line, byLine.get(index + 1) ?? [])),
    ...(beyond.length === 0 ? [] : [{ number: lines.length + 1, text: '', verdicts: beyond }]),
  ];
}

/** Whatever somebody ticked manually proves nothing: a box is ticked where all verdicts on its line are good, else it is open. */
function judgedLine(number: number, line: string, verdicts: readonly LineVerdict[]): JudgedLine {
  const decisive = verdicts.filter(({ kind }) => kind !== 'problem' && kind !== 'preflight');
  const isGood = decisive.length > 0 && decisive.every(({ verdict }) => good.includes(verdict));
  const text = line.replace(box, (_, bullet: string, gap: string) => `${bullet}[${isGood ? 'x' : ' '}]${gap}`);
  return { number, text, verdicts };
}

/**
 * The document as Markdown for people, with each verdict, its reason and its evidence below the line that it is about. Every
 * verdict begins with `⊢`, which no line of the source keeps, so that none can be forged; tags of the source are shown and not
 * obeyed. The result is for reading: it is no longer a deployment document.
 */
export function renderDocument({ source, verdicts, notes = [] }: JudgedDocument): string {
  const preface = notes.flatMap((note) => [`> ${plainMarkdown(note)}`, '>']).slice(0, -1);
  const body = source === null ? alone(verdicts) : rendered(judgedLines(source, verdicts));
  return [...preface, ...(preface.length === 0 ? [] : ['']), ...body].join('\n');
}

const alone = (verdicts: readonly LineVerdict[]): string[] => [...verdicts.flatMap((each) => quoted([each])), ''];

const item = /^(\s*(?:[-*+]|\d+[.)])\s+)\S/;
const fence = /^\s*(?:`{3,}|~{3,})/;
const opensBlock = /^\s*(?:[-*+]\s|\d+[.)]\s|>|#{1,6}\s|`{3,}|~{3,}|\||$)/;

/** Verdicts go where the block that they are about ends, so that nothing of the source runs into them. */
function rendered(lines: readonly JudgedLine[]): string[] {
  let isFenced = false;
  const waiting: { readonly indent: string | null; readonly verdicts: readonly LineVerdict[] }[] = [];
  const flush = (): string[] =>
    waiting.splice(0).flatMap(({ indent, verdicts }) => (indent === null ? quoted(verdicts) : below(indent, verdicts)));
  const result = lines.flatMap(({ text, verdicts }) => {
    const isFence = fence.test(text);
    const isInside = isFenced && !isFence;
    const ends = !isFenced && opensBlock.test(text) ? flush() : [];
    if (isFence) isFenced = !isFenced;
    const prefix = isInside ? undefined : item.exec(text)?.[1];
    const indent = prefix === undefined ? null : prefix.replace(/[^\t]/g, ' ');
    if (verdicts.length > 0) waiting.push({ indent, verdicts });
    return [...ends, shownLine(text)];
  });
  return [...result, ...flush()];
}

function below(indent: string, verdicts: readonly LineVerdict[]): string[] {
  return verdicts.flatMap((each) => [
    `${indent}- ${verdictText(each)}`,
    ...each.evidence.map((evidence) => `${indent}  - ${evidenceText(evidence)}`),
  ]);
}

/** Apart from its line, a verdict names it. */
function quoted(verdicts: readonly LineVerdict[]): string[] {
  const remarks = verdicts.map((each) => `> ${verdictText(each)} (line ${each.line})${evidenceOf(each)}`);
  return ['', ...listed(remarks, '>'), ''];
}

const evidenceOf = ({ evidence }: LineVerdict): string =>
  evidence.length === 0 ? '' : `; ${evidence.map(evidenceText).join('; ')}`;

function verdictText({ kind, verdict, text }: LineVerdict): string {
  const reason = plainMarkdown(text);
  return `⊢ **${plainMarkdown(verdict)}** ${kind}${reason === '' ? '' : `: ${reason}`}`;
}

const evidenceText = ({ eventId, summary }: LineEvidence): string =>
  `${plainMarkdown(summary)} \`${eventId.replace(/[^\w.:@-]/g, '?')}\``;
