import type { AuditEntry } from '../api/shapes.ts';
import { exitCodes } from '../exit-codes.ts';
import { dateTime, table } from '../output/format.ts';
import { pathOf } from '../watch/snapshot.ts';
import type { Command } from './command.ts';

interface Options {
  /** A stream version or an RFC 3339 time. */
  readonly asOf?: string;
}

/** `backstay audit ID`: every fact, the oldest first. */
export const run: Command<[string], Options> = async (context, [id], { asOf }) => {
  const { entries } = await context.api.get<{ entries: AuditEntry[] }>(`${pathOf(id)}/audit-trail`, { asOf });
  context.emit({ entries });
  const rows = entries.map((entry) => [
    String(entry.version).padStart(4),
    dateTime(entry.time),
    entry.type,
    actorText(entry),
    entry.summary,
  ]);
  table(rows).forEach((line) => context.say(line));
  return exitCodes.done;
};

const actorText = ({ actor }: AuditEntry) => (actor.claimed ? `${actor.name} (claimed)` : actor.name);
