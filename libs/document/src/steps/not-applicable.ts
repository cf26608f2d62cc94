import { z } from 'zod';
import { backupPhrase } from './backup.ts';
import { stepKind } from './kind.ts';
import { isPhrase, type NotApplicable } from './phrase.ts';
import { restoreLine } from './restore.ts';

const schema = z.object({ kind: z.literal('not-applicable'), why: z.string() });

/** A line whose binding is missing and that says `(if applicable)`: recorded as skipped, with the reason. */
export const notApplicable = stepKind<NotApplicable>({
  schema,
  fields: { why: 'language' },
  mutates: false,
  occupiesSlot: false,
  skips: ({ why }) => why,
  /** What a rollback does not apply is the restoring of a backup that is none, for want of a database. */
  print(_action, { steps }) {
    const unused = steps.find(({ title, action }) => action.kind === 'not-applicable' && isPhrase(title, backupPhrase));
    return unused ? [restoreLine(unused.id)] : [];
  },
  isStatedBy: (_phrase, { stage }) => stage !== 'rollback',
  describe: ({ why }) => `nothing: ${why}`,
});
