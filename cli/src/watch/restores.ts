import type { Restore } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { dateTime, duration } from '../output/format.ts';

/** The backups that a rollback puts back, with what is lost by it and what is gone. */
export const restoreLines = (colors: Colors, restores: readonly Restore[] | null = [], ended = false): string[] =>
  (restores ?? []).flatMap((each) => {
    const what = `the backup of ${each.backup} from ${dateTime(each.takenAt)}`;
    if (!each.restored) return ended ? [] : [`${colors.yellow('⚠ restores')} ${what}: ${toBeLost(each)}`];
    const lost = `the writes of ${duration(each.dataLossMs)} since then are lost`;
    return [`${colors.yellow('⚠ restored')} ${what}: ${lost}`, ...droppedLine(colors, each)];
  });

function toBeLost({ dataLossMs, acceptedMs }: Restore): string {
  const accepted = acceptedMs === null ? '' : ` (accepted are ${duration(acceptedMs)})`;
  return `the writes of ${duration(dataLossMs)} and more since then are lost by it${accepted}`;
}

function droppedLine(colors: Colors, { dropped, droppedCount }: Restore): string[] {
  if (droppedCount === 0) return [];
  const more = droppedCount > dropped.length ? `, and ${droppedCount - dropped.length} more` : '';
  return [`${colors.yellow('⚠ dropped ')} as made since then: ${dropped.join(', ')}${more}`];
}
