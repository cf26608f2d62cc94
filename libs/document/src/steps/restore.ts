import { z } from 'zod';
import type { Span } from '../markdown/span.ts';
import type { Stage } from '../plan/values.ts';
import type { Reading } from '../reading/reading.ts';
import { formatDuration } from '../values/duration.ts';
import { hasDatabase, makesBackup, noDatabase } from './backup.ts';
import { inRollback, stepKind } from './kind.ts';
import { doesNotApply, findPhrase, type Meant, type PhraseContext, type PhraseStep } from './phrase.ts';
import type { SeenDocument, SeenStep, Sources } from './seen.ts';

const schema = z.object({
  kind: z.literal('restore'),
  engine: z.literal('postgresql'),
  /** The step that made the backup. */
  step: z.string(),
  dataLossMs: z.number().nullable(),
  /** Only where something that is recorded changed the database since the backup. Absent: always. */
  when: z.literal('changed').optional(),
});

export type Restore = z.infer<typeof schema>;

interface Parts {
  dataLossMs: number;
  always: true;
}

const form = /^((?:the )?backup(?: of (?:(?:pre-deployment|deployment|post-deployment) )?step \d+)?)(, *always)?$/i;
const text = 'Restore database to backup';
const titled = /^restore database (?:to|from) backup(?: (.+))?$/;
const stages: Readonly<Record<string, Stage>> = {
  'pre-deployment': 'pre',
  deployment: 'deploy',
  'post-deployment': 'post',
};
const namedStep = /^(?:(?:the )?backup )?(?:of )?(?:(pre-deployment|deployment|post-deployment)\s+)?step\s+(\d+)$/i;

/** Puts the backup of a step back. */
export const restore = stepKind<Restore, 'restore', Parts>({
  schema,
  fields: { engine: 'fixed', step: 'effect-handler', dataLossMs: 'effect-handler', when: 'language' },
  label: {
    name: 'Restore',
    read({ span }, { stage, title }, reading) {
      if (stage !== 'rollback')
        return reading.report.error(span, 'wrong-modifier', '`Restore:` belongs to a step of *Rollback Steps*');
      const phrase = { kind: 'phrase' as const, phrase: 'restore', optional: false };
      if (/^always$/i.test(span.text)) {
        const argument = findPhrase(title, [{ name: 'restore', pattern: titled }])?.argument;
        return { ...phrase, ...(argument !== undefined && { argument }), parts: { always: true } };
      }
      const [, argument, always] = form.exec(span.text) ?? [];
      if (argument === undefined) {
        const message = 'expected “backup”, “backup of pre-deployment step 3” or “always”';
        return reading.report.error(span, 'bad-value', message);
      }
      return { ...phrase, argument, ...(always !== undefined && { parts: { always: true } }) };
    },
  },
  parts: {
    of: 'a step that restores a backup',
    forms: {
      dataLossMs: {
        label: 'Data loss',
        read({ span }, parts, reading) {
          const dataLossMs = readDataLoss(span, reading);
          if (dataLossMs !== undefined) parts.dataLossMs = dataLossMs;
        },
      },
    },
  },
  phrases: {
    restore: {
      text,
      pattern: titled,
      in: ['rollback'],
      mean: restoreBackup,
      check({ argument, at, document, report, isComplete }: PhraseContext) {
        const found = backupStep(document, argument);
        if ('why' in found && isComplete()) report.error(at, 'unknown-backup', found.why);
      },
    },
  },
  isPerformedIn: inRollback,
  restores: ({ step, dataLossMs, when }) => ({ step, dataLossMs, always: when === undefined }),
  procedure: ({ kind, engine, step, when }) => ({ kind, engine, step, ...(when === undefined && { always: true }) }),
  print: ({ step, when }) => [`${restoreLine(step)}${when === undefined ? ', always' : ''}`],
  printLast: ({ dataLossMs }) =>
    dataLossMs === null ? [] : [`- Data loss: accepted up to ${formatDuration(dataLossMs)}`],
  describe: ({ step, dataLossMs, when }, _plan, duration) =>
    `restore the backup of ${step}${when === undefined ? ' always' : ' where a recorded step changed the database since'}, ${dataLossMs === null ? 'without consent to lose writes' : `losing writes of up to ${duration(dataLossMs)}`}`,
});

function restoreBackup(step: PhraseStep<Partial<Parts>>, sources: Sources): Meant<Restore> {
  const { document, profile } = sources;
  const found = backupStep(document, step.meaning.argument);
  if ('why' in found) return doesNotApply(found.why);
  if (!hasDatabase(found, sources)) return doesNotApply(noDatabase);
  const dataLossMs = step.meaning.parts?.dataLossMs ?? document.rollback.dataLossMs ?? profile?.dataLossMs ?? null;
  if (dataLossMs === null) {
    const message = `“${step.title}” loses the writes since the backup; add \`- Data loss: accepted up to 15m\` below it, or \`dataLoss: 15m\` to the profile`;
    sources.block('missing-consent', message, step.source.line);
  }
  const from = `${found.stage}.${found.number}`;
  const when = step.meaning.parts?.always ? {} : { when: 'changed' as const };
  const action: Restore = { kind: 'restore', engine: 'postgresql', step: from, dataLossMs, ...when };
  return { action, origin: 'document' };
}

/** The step whose backup is restored, or why there is none. */
function backupStep({ steps }: SeenDocument, argument: string | undefined): SeenStep | { why: string } {
  const backups = steps.filter(makesBackup);
  const named = namedStep.exec(argument ?? '');
  const stage = named?.[1] && stages[named[1].toLowerCase()];
  const found = backups.filter(
    (step) => !named || (step.number === Number(named[2]) && (!stage || step.stage === stage)),
  );
  const isNamed = argument === undefined || named !== null || /^(?:the )?backup$/i.test(argument);
  if (found.length === 1 && isNamed) return found[0]!;
  if (backups.length === 0)
    return { why: 'no step makes a backup; add “Backup current production state” to *Pre-Deployment Steps*' };
  const choices = backups.map((step) => `“of ${longName(step.stage)} step ${step.number}”`).join(' or ');
  if (!isNamed) return { why: `a backup is named by the step that makes it; write ${choices}` };
  return {
    why:
      found.length > 1
        ? `several steps make a backup; write ${choices}`
        : `that step makes no backup; write ${choices}`,
  };
}

function longName(stage: string): string | undefined {
  return Object.keys(stages).find((name) => stages[name] === stage);
}

/** The line that restores the backup of the step of this id. */
export function restoreLine(id: string): string {
  const [stage = '', number] = id.split('.');
  return `- Restore: backup of ${`${longName(stage) ?? ''} step ${number}`.trim()}`;
}

/** `accepted up to 15m` */
export function readDataLoss(span: Span, reading: Reading): number | undefined {
  const found = /^accepted up to /i.exec(span.text);
  if (found) return reading.duration(span.slice(found[0].length).trim());
  return reading.report.error(span, 'bad-value', 'expected “accepted up to 15m”', 'Data loss: accepted up to 15m');
}
