import { counted, quantity } from '@backstay/document';
import { describeNotRestored, describeRestore, type NotRestored, type RestoreOutlook } from '@backstay/deployment';

/** A backup that a rollback puts back; `dataLossMs` is as it was planned, and as it came to be once it is restored. */
export interface RestoreView extends RestoreOutlook {
  readonly restored: boolean;
  /** What was made after the backup and is gone now, such as `table public.coupons`; the first of them. */
  readonly dropped: readonly string[];
  readonly droppedCount: number;
}

export const restoreToCome = (outlook: RestoreOutlook): RestoreView => ({
  ...outlook,
  restored: false,
  dropped: [],
  droppedCount: 0,
});

/** What a step that restored has recorded. */
interface Restored {
  readonly backup: string;
  readonly takenAt: string | null;
  readonly dataLossMs: number;
  readonly dropped: readonly string[];
  readonly droppedCount: number;
}

type Result = Readonly<Record<string, unknown>> | undefined;

/** null: the step restored nothing. */
export function restoredIn(result: Result): Restored | null {
  const { from, dataLossMs, takenAt, restored } = result ?? {};
  if (typeof from !== 'string' || typeof dataLossMs !== 'number' || !Array.isArray(restored)) return null;
  const files = restored as readonly { readonly dropped?: readonly string[]; readonly droppedCount?: number }[];
  return {
    backup: from,
    takenAt: typeof takenAt === 'string' ? takenAt : null,
    dataLossMs,
    dropped: files.flatMap(({ dropped = [] }) => dropped),
    droppedCount: files.reduce((sum, { dropped = [], droppedCount = dropped.length }) => sum + droppedCount, 0),
  };
}

/** The views after that step has succeeded with this result. */
export function restoresAfter(
  restores: readonly RestoreView[] | undefined,
  step: string,
  result: Result,
): readonly RestoreView[] | undefined {
  const found = restoredIn(result);
  if (found === null) return restores;
  const { dataLossMs, dropped, droppedCount } = found;
  return restores?.map((each) =>
    each.step === step ? { ...each, restored: true, dataLossMs, dropped, droppedCount } : each,
  );
}

/**
 * "the backup of pre.1 from 2026-11-23T13:40:00.000Z was restored, the writes of 9 min since then are lost, and 1 object made
 * since was dropped: table public.coupons"
 */
export function describeRestored({ backup, takenAt, dataLossMs, dropped, droppedCount }: Restored): string {
  const of = takenAt === null ? '' : ` from ${takenAt}`;
  const more = droppedCount > dropped.length ? `, and ${droppedCount - dropped.length} more` : '';
  const gone =
    droppedCount === 0
      ? ''
      : `; ${counted(droppedCount, 'object')} made since then ${droppedCount === 1 ? 'was' : 'were'} dropped: ${dropped.join(', ')}${more}`;
  return `the backup of ${backup}${of} was restored, and the writes of ${quantity(dataLossMs, 'ms')} since then are lost${gone}`;
}

/** What became of each, or is to become of it. */
export function describeRestores(
  { restores = [], notRestored = [] }: RestoresInSummary,
  ended = false,
): readonly string[] {
  const put = restores.map((each) => {
    if (each.restored) return describeRestored(each);
    return ended ? `the backup of ${each.backup} was not restored` : `it restores ${describeRestore(each)}`;
  });
  return [...put, ...notRestored.map((each) => describeNotRestored(each, ended))];
}

interface RestoresInSummary {
  readonly restores?: readonly RestoreView[] | undefined;
  readonly notRestored?: readonly NotRestored[] | undefined;
}
