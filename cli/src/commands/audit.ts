import type { AuditTrail } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { wholeAuditTrail } from '../api/whole.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import type { Command } from './command.ts';

interface Options {
  /** A stream version or an RFC 3339 time. */
  readonly asOf?: string;
}

/** `backstay audit ID`: every event, the oldest first, and whether the chain of their hashes is intact. */
export const run: Command<[string], Options> = async (context, [id], { asOf }) => {
  const trail = await wholeAuditTrail(context.api, id, asOf);
  const { entries, intact, firstBroken } = trail;
  context.emit({ entries, intact, firstBroken });
  const rows = entries.map((entry) => [
    String(entry.version).padStart(4),
    dateTime(entry.time),
    entry.type,
    entry.by,
    entry.summary,
  ]);
  table(rows).forEach((line) => context.say(line));
  context.say(verdictOn(context.colors, trail));
  return intact ? exitCodes.done : exitCodes.failed;
};

function verdictOn(colors: Colors, { intact, firstBroken }: Pick<AuditTrail, 'intact' | 'firstBroken'>): string {
  if (intact) return `${colors.green('✔')} audit intact`;
  const from = firstBroken
    ? `the hash of version ${firstBroken.version} (${firstBroken.eventId}) does not follow from what is recorded`
    : 'the platform does not say where it breaks';
  return colors.red(`✖ audit not intact: ${from}`);
}
