/** What was computed about one line. */
export interface LineVerdict {
  readonly verdict: 'met' | 'unmet' | 'waiting' | 'unknown';
  readonly reason?: string;
}

const box = /^(\s*(?:[-*+]|\d+[.)])\s+)\[[ xX]\](\s+)/;

/**
 * The source with the computed verdict beside each judged line; a box is ticked when the line is met and open otherwise, whatever
 * somebody ticked by hand. Lines count from 1. The result is for reading: it is no longer a deployment document.
 */
export function renderDocument(source: string, verdicts: ReadonlyMap<number, LineVerdict>): string {
  const lines = source.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  return lines.map((line, index) => renderLine(line, verdicts.get(index + 1))).join('\n');
}

function renderLine(line: string, verdict: LineVerdict | undefined): string {
  if (!verdict) return line;
  const mark = verdict.verdict === 'met' ? 'x' : ' ';
  const reason = verdict.reason === undefined ? '' : `: ${verdict.reason.replace(/\s+/g, ' ')}`;
  const boxed = line.replace(box, (_, bullet: string, gap: string) => `${bullet}[${mark}]${gap}`);
  return `${boxed.trimEnd()} — **${verdict.verdict}**${reason}`;
}
