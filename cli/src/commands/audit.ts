import type { AuditEntry, AuditTrail } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { fullAuditTrail } from '../api/all-pages.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import type { Command } from './command.ts';

interface Options {
  /** A stream version or an RFC 3339 time. */
  readonly asOf?: string;
}

/**
 * `backstay audit ID`: every event, the oldest first, and whether the chain of their hashes is intact; then the events of what
 * housekeeping has removed of what the deployment left, which stand in streams of their own.
 */
export const run: Command<[string], Options> = async (context, [id], { asOf }) => {
  const trail = await fullAuditTrail(context.api, id, asOf);
  const { entries, intact, firstBroken } = trail;
  const pruned = asOf === undefined ? (await context.api.call('getPruned', { params: { id } })).body.entries : [];
  context.emit({ entries, intact, firstBroken, pruned });
  table(entries.map(rowOf)).forEach((line) => context.say(line));
  context.say(verdictOn(context.colors, trail));
  if (pruned.length > 0) context.say('removed since by housekeeping:');
  table(pruned.map(rowOf)).forEach((line) => context.say(line));
  return intact ? exitCodes.done : exitCodes.failed;
};

const rowOf = ({ version, time, type, by, summary }: AuditEntry): string[] => [
  String(version).padStart(4),
  dateTime(time),
  type,
  by,
  summary,
];

function verdictOn(colors: Colors, { intact, firstBroken }: Pick<AuditTrail, 'intact' | 'firstBroken'>): string {
  if (intact) return `${colors.green('✔')} audit intact`;
  const from = firstBroken
    ? `the hash of version ${firstBroken.version} (${firstBroken.eventId}) does not follow from what is recorded`
    : 'the platform does not say where it breaks';
  return colors.red(`✖ audit not intact: ${from}`);
}
