import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from './connect.ts';

/** Indexes on the table of events, which others write to while they are built: how `readCorrelated` finds its events. */
const indexes = {
  events_streams_of_id: `ON backstay.events (substr(stream, strpos(stream, '-') + 1)) WHERE version = 1`,
  events_correlated: `ON backstay.events (correlation, tx, position)
    WHERE correlation <> substr(stream, strpos(stream, '-') + 1)`,
};

/** Of the sessions that build: any number that no other lock of this database has. */
const lockId = 7_203_119_004;
const lookMs = 250;

const missingSql = `
  SELECT wanted.name FROM unnest($1::text[]) AS wanted(name)
  WHERE NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indexrelid = to_regclass('backstay.' || wanted.name) AND i.indisvalid)`;

/**
 * Builds what is missing without holding up writers, one process at a time. Outside the migrations, because such a build waits for every
 * older transaction of the database: also for a process that waits for the migrations' lock.
 */
export async function buildIndexes(client: Queryable): Promise<void> {
  while ((await missing(client)).length > 0) {
    if (await isLocked(client)) await buildMissing(client);
    else await sleep(lookMs);
  }
}

async function buildMissing(client: Queryable): Promise<void> {
  try {
    for (const name of await missing(client)) {
      // What a build that broke off has left behind is not valid and is in the way.
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS backstay.${name}`);
      await client.query(`CREATE INDEX CONCURRENTLY ${name} ${indexes[name]}`);
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [lockId]);
  }
}

async function missing(client: Queryable): Promise<(keyof typeof indexes)[]> {
  const { rows } = await client.query<{ name: keyof typeof indexes }>(missingSql, [Object.keys(indexes)]);
  return rows.map(({ name }) => name);
}

// Asked, never waited for: a session that waits for a lock holds a snapshot, for which the build would wait in turn.
async function isLocked(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [lockId]);
  return rows[0]?.locked === true;
}
