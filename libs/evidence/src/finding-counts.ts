import { counted } from '@backstay/document';

export interface FindingCounts {
  /** High or critical. */
  readonly severe: number;
  /** Of unknown severity: they count like severe ones. */
  readonly unknown: number;
  /** What is written for a severity that is not known; for people, and only the first few. */
  readonly unknownWords: readonly string[];
  readonly findings: number;
  /** Accepted by the scanner's own record, and therefore not among the findings. */
  readonly suppressed: number;
}

export const noFindings: FindingCounts = { severe: 0, unknown: 0, unknownWords: [], findings: 0, suppressed: 0 };

const mostWords = 3;

export const add = (a: FindingCounts, b: FindingCounts): FindingCounts => ({
  severe: a.severe + b.severe,
  unknown: a.unknown + b.unknown,
  unknownWords: [...new Set([...a.unknownWords, ...b.unknownWords])].slice(0, mostWords),
  findings: a.findings + b.findings,
  suppressed: a.suppressed + b.suppressed,
});

export type Severity = 'severe' | 'mild' | 'unknown';

const severeWords = /^(high|critical)$/i;
const mildWords = /^(none|info|informational|note|negligible|low|moderate|medium|warning)$/i;

/** A severity as scanners write it: a word, or a CVSS score (7.0 is high, FIRST CVSS v3.1 §5). */
export function severityOf(written: unknown): Severity {
  const text = typeof written === 'number' || typeof written === 'string' ? String(written).trim() : '';
  if (severeWords.test(text)) return 'severe';
  if (mildWords.test(text)) return 'mild';
  const score = /^\d{1,2}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(score >= 0 && score <= 10)) return 'unknown';
  return score >= 7 ? 'severe' : 'mild';
}

/** One finding for each severity that is written. */
export function countSeverities(written: readonly unknown[]): FindingCounts {
  const unknown = written.filter((each) => severityOf(each) === 'unknown');
  return {
    severe: written.filter((each) => severityOf(each) === 'severe').length,
    unknown: unknown.length,
    unknownWords: [...new Set(unknown.map(wordFor))].slice(0, mostWords),
    findings: written.length,
    suppressed: 0,
  };
}

export const wordFor = (written: unknown): string =>
  typeof written === 'string' || typeof written === 'number' ? `“${String(written).slice(0, 20)}”` : 'none is given';

/** `1 high or critical, 2 of unknown severity (none is given), of 5 findings, 1 suppressed` */
export function describeCounts({ severe, unknown, unknownWords, findings, suppressed }: FindingCounts): string {
  const notKnown = unknown > 0 ? `, ${unknown} of unknown severity (${unknownWords.join(', ')}),` : '';
  return `${severe} high or critical${notKnown} of ${counted(findings, 'finding')}${suppressed > 0 ? `, ${suppressed} suppressed` : ''}`;
}
