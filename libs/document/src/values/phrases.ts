import type { PhraseName } from '../reading/document.ts';
import type { Span } from '../markdown/span.ts';

interface Phrase {
  readonly name: PhraseName;
  /** As the template writes it. */
  readonly text: string;
  readonly pattern: RegExp;
}

/** The known lines of Pre-Deployment, Deployment and Post-Deployment Steps. */
export const procedurePhrases: readonly Phrase[] = [
  {
    name: 'tests',
    text: 'Verify all integration tests passed',
    pattern: /^verify (?:all )?integration tests (?:have )?passed$/,
  },
  { name: 'scans', text: 'Verify security scans passed', pattern: /^verify (?:all )?security scans (?:have )?passed$/ },
  { name: 'backup', text: 'Backup current production state', pattern: /^back ?up current (?:(\S+) )?state$/ },
  {
    name: 'notify-window',
    text: 'Notify team of deployment window',
    pattern: /^notify team (?:of|about) deployment window$/,
  },
  { name: 'pull', text: 'Pull latest code from', pattern: /^pull latest code(?: from (\S+))?$/ },
  { name: 'build', text: 'Build application artifacts', pattern: /^build application artifacts?$/ },
  { name: 'migrate', text: 'Run database migrations', pattern: /^run database migrations?$/ },
  { name: 'deploy', text: 'Deploy to', pattern: /^deploy to (\S+|target environment)$/ },
  { name: 'configure', text: 'Update configuration', pattern: /^update configuration$/ },
  { name: 'restart', text: 'Restart services', pattern: /^restart services?$/ },
  { name: 'smoke-tests', text: 'Run smoke tests', pattern: /^run smoke tests?$/ },
  { name: 'dashboards', text: 'Verify monitoring dashboards', pattern: /^verify monitoring dashboards?$/ },
  { name: 'logs', text: 'Check error logs', pattern: /^check error logs?$/ },
  { name: 'critical-flows', text: 'Verify critical user flows', pattern: /^verify critical user flows?$/ },
  { name: 'documentation', text: 'Update deployment documentation', pattern: /^update deployment documentation$/ },
];

/** The known lines of Rollback Steps. */
export const rollbackPhrases: readonly Phrase[] = [
  { name: 'stop-new', text: 'Stop new deployment', pattern: /^stop new deployment$/ },
  {
    name: 'previous-version',
    text: 'Revert to previous version',
    pattern: /^revert to previous version(?: ([^\s(]\S*))?(?: \([^()]*\))?$/,
  },
  {
    name: 'restore',
    text: 'Restore database to backup',
    pattern: /^restore database (?:to|from) backup(?: (.+))?$/,
  },
  { name: 'restart-previous', text: 'Restart services', pattern: /^restart services?$/ },
  { name: 'health', text: 'Verify system health', pattern: /^verify system health$/ },
  { name: 'notify-rollback', text: 'Notify team of rollback', pattern: /^notify team (?:of|about) rollback$/ },
  { name: 'smoke-tests', text: 'Run smoke tests', pattern: /^run smoke tests?$/ },
  { name: 'critical-flows', text: 'Verify critical user flows', pattern: /^verify critical user flows?$/ },
  { name: 'logs', text: 'Check error logs', pattern: /^check error logs?$/ },
];

export interface FoundPhrase {
  readonly name: PhraseName;
  readonly argument?: string;
  /** `(if applicable)` */
  readonly optional: boolean;
}

/** Matches a title without regard to case, articles, emphasis and final punctuation. */
export function findPhrase(title: Span, phrases: readonly Phrase[]): FoundPhrase | undefined {
  const { text, optional } = normalisedTitle(title.text);
  for (const { name, pattern } of phrases) {
    const found = pattern.exec(text.toLowerCase());
    if (!found) continue;
    const argument = found[1] === undefined ? undefined : originalCase(text, found[1]);
    return { name, ...(argument === undefined ? {} : { argument }), optional };
  }
  return undefined;
}

function originalCase(text: string, lower: string): string {
  const start = text.toLowerCase().lastIndexOf(lower);
  return text.slice(start, start + lower.length);
}

/** The words that count of a title. */
export function normalisedTitle(title: string): { text: string; optional: boolean } {
  const plain = title
    .replace(/\*\*|__|`/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!:;]+$/, '');
  const applicable = /\s*\(if applicable\)$/i.exec(plain);
  const words = (applicable ? plain.slice(0, applicable.index) : plain).split(' ');
  const text = words
    .filter((word) => !/^(?:a|an|the)$/i.test(word))
    .join(' ')
    .replace(/[.!:;]+$/, '');
  return { text, optional: applicable !== null };
}
