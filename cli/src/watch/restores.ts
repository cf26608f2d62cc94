import type { Deployment, NotRestored, Restore } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { dateTime, duration } from '../output/format.ts';

type Restores = Partial<Pick<Deployment, 'restores' | 'notRestored'>>;

/** The backups that a rollback puts back, with what is lost by it and what is gone, and those that it leaves where they are. */
export const restoreLines = (colors: Colors, { restores, notRestored }: Restores, ended = false): string[] => [
  ...(restores ?? []).flatMap((each) => putBackLines(colors, each, ended)),
  ...(notRestored ?? []).map((each) => leftLine(colors, each)),
];

function putBackLines(colors: Colors, each: Restore, ended: boolean): string[] {
  const what = `the backup of ${partOf(each)} from ${dateTime(each.takenAt)}`;
  if (!each.restored) return ended ? [] : [`${colors.yellow('⚠ restores')} ${what}: ${toBeLost(each)}`];
  const lost = `the writes of ${duration(each.dataLossMs)} since then are lost`;
  return [`${colors.yellow('⚠ restored')} ${what}: ${lost}`, ...droppedLine(colors, each)];
}

const leftLine = (colors: Colors, each: NotRestored): string =>
  `${colors.dim('- not restored')} the backup of ${partOf(each)}: ${each.reason}`;

const partOf = ({ backup, databases }: Pick<NotRestored, 'backup' | 'databases'>): string =>
  databases == null ? backup : `${databases.join(', ')} in ${backup}`;

function toBeLost({ dataLossMs, acceptedMs }: Restore): string {
  const accepted = acceptedMs === null ? '' : ` (accepted are ${duration(acceptedMs)})`;
  return `the writes of ${duration(dataLossMs)} and more since then are lost by it${accepted}`;
}

function droppedLine(colors: Colors, { dropped, droppedCount }: Restore): string[] {
  if (droppedCount === 0) return [];
  const more = droppedCount > dropped.length ? `, and ${droppedCount - dropped.length} more` : '';
  return [`${colors.yellow('⚠ dropped ')} as made since then: ${dropped.join(', ')}${more}`];
}
