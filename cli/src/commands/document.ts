import type { DocumentView } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withoutOrders } from '../output/harmless.ts';
import { overrideLines } from '../watch/frame.ts';
import { verdictText } from '../watch/status.ts';
import type { Command } from './command.ts';

interface Options {
  readonly format?: 'text' | 'markdown';
  /** A stream version or an RFC 3339 time. */
  readonly asOf?: string;
}

/** `backstay document ID`: the document as it was requested, with verdict and evidence below each judged line. */
export const run: Command<[string], Options> = async (context, [id], { format = 'text', asOf }) => {
  const { body: view } = await context.api.call('getDocument', { params: { id }, query: { asOf } });
  context.emit(view);
  if (context.json) return exitCodes.done;
  const lines = format === 'markdown' ? await markdownLines(view) : await documentLines(context.colors, view);
  lines.forEach((line) => context.say(line));
  return exitCodes.done;
};

async function markdownLines(view: DocumentView): Promise<string[]> {
  const { documentMarkdown } = await import('@backstay/projections');
  return documentMarkdown(view).replace(/\n$/, '').split('\n');
}

/** Every line of the source stands behind its number, so that none can pass for a verdict; nothing of it is obeyed by a terminal. */
export async function documentLines(colors: Colors, view: DocumentView): Promise<string[]> {
  return [
    colors.bold(withoutOrders(view.title)),
    withoutOrders(view.sentence),
    ...(view.note === undefined ? [] : [withoutOrders(view.note)]),
    ...overrideLines(colors, view.overrides),
    '',
    ...(view.source === null
      ? ['The request brought a plan and no document.', ...view.verdicts.flatMap((each) => withLine(colors, each))]
      : await judgedSource(colors, view.source, view.verdicts)),
  ];
}

async function judgedSource(colors: Colors, source: string, verdicts: readonly Verdict[]): Promise<string[]> {
  const { judgedLines } = await import('@backstay/document');
  const lines = judgedLines(source, verdicts);
  const width = String(lines.length).length;
  const bar = colors.dim('│');
  return lines.flatMap(({ number, text, verdicts: own }) => [
    `${colors.dim(String(number).padStart(width))} ${bar} ${withoutOrders(text)}`.trimEnd(),
    ...own.flatMap((each) => verdictLines(colors, each)).map((line) => `${' '.repeat(width)} ${bar}   ${line}`),
  ]);
}

type Verdict = DocumentView['verdicts'][number];

function withLine(colors: Colors, verdict: Verdict): string[] {
  const [first = '', ...evidence] = verdictLines(colors, verdict);
  return [`${first} ${colors.dim(`(line ${verdict.line})`)}`, ...evidence];
}

function verdictLines(colors: Colors, { kind, verdict, text, evidence }: Verdict): string[] {
  const suffix = text === '' ? '' : ` ${withoutOrders(text)}`;
  return [
    `${verdictText(colors, withoutOrders(verdict))} ${colors.dim(kind)}${suffix}`,
    ...evidence.map(({ summary, eventId }) =>
      colors.dim(`          ${withoutOrders(summary)}  [${withoutOrders(eventId)}]`),
    ),
  ];
}
