/**
 * `node migrate.mjs up` applies every migration that the database lacks; `down` takes back those of this release.
 * One transaction each; running either twice changes nothing the second time. Needs DATABASE_URL.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readRelease } from './src/release.mjs';
import { pg } from './src/vendor.mjs';

const LOCK = 7_301_964;
const DIRECTORY = new URL('./migrations/', import.meta.url);
const CREATE = `CREATE TABLE IF NOT EXISTS schema_migrations
                (id text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;

const [direction] = process.argv.slice(2);
if (direction !== 'up' && direction !== 'down') {
  console.error('usage: node migrate.mjs up|down');
  process.exit(2);
}
const client = new pg.Client({ connectionString: process.env.DATABASE_URL, application_name: 'notes-api migrate' });
await client.connect();
try {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await client.query(CREATE);
  const done = direction === 'up' ? await up() : await down();
  await client.query('COMMIT');
  console.log(done.length === 0 ? 'nothing to do' : `${direction}: ${done.join(', ')}`);
} finally {
  await client.end();
}

async function up() {
  const applied = await appliedIds();
  const missing = migrationIds().filter((id) => !applied.has(id));
  for (const id of missing) {
    await client.query(sql(id, 'up'));
    await client.query('INSERT INTO schema_migrations (id) VALUES ($1)', [id]);
  }
  return missing;
}

async function down() {
  const applied = await appliedIds();
  const ours = migrationIds().filter((id) => id.startsWith(`${readRelease().version}-`) && applied.has(id));
  for (const id of ours.toReversed()) {
    await client.query(sql(id, 'down'));
    await client.query('DELETE FROM schema_migrations WHERE id = $1', [id]);
  }
  return ours;
}

async function appliedIds() {
  const { rows } = await client.query('SELECT id FROM schema_migrations');
  return new Set(rows.map((row) => row.id));
}

/** `1.1.0-pinned` of `1.1.0-pinned.up.sql`, oldest release first. */
function migrationIds() {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.up.sql'))
    .map((name) => name.slice(0, -'.up.sql'.length))
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

function sql(id, which) {
  return readFileSync(new URL(`${id}.${which}.sql`, DIRECTORY), 'utf8');
}
