import { z } from 'zod';
import { match, pattern } from '../markdown/code-spans.ts';
import { code } from '../printing/write-values.ts';
import { inProcedure, stepKind } from './kind.ts';
import { doesNotApply, type Meant, type Phrase, type PhraseStep } from './phrase.ts';
import type { SeenStep, Sources } from './seen.ts';

const schema = z.object({
  kind: z.literal('backup'),
  engine: z.literal('postgresql'),
  urls: z.array(z.string()).min(1),
});

export type Backup = z.infer<typeof schema>;

const form = pattern(String.raw`(?<engine>[A-Za-z]+) (?<url>CODE|\S+)`);

export const backupPhrase: Phrase<Backup> = {
  text: 'Backup current production state',
  pattern: /^back ?up current (?:(\S+) )?state$/,
  in: ['procedure'],
  mean: backUpAll,
};

/** A dump of databases. */
export const backup = stepKind<Backup, 'backup'>({
  schema,
  fields: { engine: 'fixed', urls: 'effect-handler' },
  label: {
    name: 'Backup',
    read({ span }, _head, reading) {
      const groups = match(span, form);
      if (!groups) {
        const message = 'expected a database and its URL, as PostgreSQL `${DATABASE_URL}`';
        return reading.report.error(span, 'bad-value', message);
      }
      const engine = groups['engine']!;
      if (!/^postgres(?:ql)?$/i.test(engine.text)) {
        const message = `backups of ${engine.text} are not supported in this version`;
        return reading.report.error(engine, 'unsupported', message);
      }
      const url = reading.server(groups['url']!);
      return url === undefined ? undefined : { kind: 'backup', engine: 'postgresql', urls: [url] };
    },
  },
  phrases: { backup: backupPhrase },
  isPerformedIn: inProcedure,
  mutates: false,
  serving: () => 'untouched',
  saves: ({ urls }) => urls,
  print: ({ urls }) => urls.map((url) => `- Backup: PostgreSQL ${code(url)}`),
  isStatedBy(phrase, { action }, { dependencies }) {
    const all = dependencies.flatMap(({ check }) => (check.kind === 'postgresql' ? [check.url] : []));
    const { urls } = action;
    return phrase === 'backup' && urls.length === all.length && urls.every((url, index) => url === all[index]);
  },
  describe: ({ urls }) => `back up PostgreSQL ${urls.join(', ')}`,
});

function backUpAll(step: PhraseStep, sources: Sources): Meant<Backup> {
  const { dependencies } = sources.document;
  const urls = dependencies.flatMap(({ check }) => (check?.kind === 'postgresql' ? [check.url] : []));
  const other = dependencies.find(({ title, check }) => isDatabase(title) && check?.kind !== 'postgresql');
  if (other && !step.meaning.optional) {
    const message = `“${step.title}” backs up what is declared as \`PostgreSQL VERSION+\` alone, not “${other.title}”; add \`- Run:\` or \`- Backup:\` below it`;
    sources.block('unsupported-backup', message, step.source.line);
  }
  if (urls.length === 0) return doesNotApply(noDatabase);
  return { action: { kind: 'backup', engine: 'postgresql', urls }, origin: 'document' };
}

function isDatabase(title: string): boolean {
  return /\bdatabase\b/i.test(title);
}

export const noDatabase = 'no database is declared under Infrastructure Dependencies';

export function makesBackup({ meaning }: SeenStep): boolean {
  return meaning.kind === 'phrase' ? meaning.phrase === 'backup' : meaning.action.kind === 'backup';
}

/** Whether a step that makes a backup has something to back up. */
export function hasDatabase({ meaning }: SeenStep, { document }: Pick<Sources, 'document'>): boolean {
  return meaning.kind === 'action' || document.dependencies.some(({ check }) => check?.kind === 'postgresql');
}
