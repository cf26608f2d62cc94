import { runSql } from './sql.mjs';

const uncounted = /^(begin|commit|notify|listen|unlisten|select pg_notify)\b/i;
const writing = /\b(insert into|delete from|update \S+( (as )?\w+)? set|truncate|copy|merge into)\b/i;

/** One spelling for a statement, whether its values are parameters or were replaced by the server. */
export const normalised = (text) =>
  text
    .replaceAll(/--[^\n]*/g, '')
    .replaceAll(/'(?:[^']|'')*'/g, '?')
    .replaceAll(/\$\d+/g, '?')
    .replaceAll(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g, '?')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** @param {Iterable<[string, number]>} calls text and how often it was sent @returns {Map<string, number>} */
export function tally(calls) {
  const counts = new Map();
  for (const [text, count] of calls) {
    const key = normalised(text);
    if (key !== '' && !uncounted.test(key)) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

/**
 * What was sent between two samples, less what idling sends in that time. A statement that was sent less often than idling would
 * have sent it counts as none: it makes up for no other one.
 */
export function difference(before, after, idlePerSecond = new Map(), seconds = 0) {
  const rows = new Map();
  for (const [text, count] of after) {
    const net = count - (before.get(text) ?? 0) - (idlePerSecond.get(text) ?? 0) * seconds;
    if (net > 0) rows.set(text, net);
  }
  return rows;
}

export const perSecond = (counts, seconds) => new Map([...counts].map(([text, count]) => [text, count / seconds]));

/** @param {Map<string, number>} counts */
export function summary(counts) {
  const rows = [...counts]
    .map(([text, calls]) => ({ text, calls, kind: writing.test(text) ? 'writing' : 'reading' }))
    .toSorted((a, b) => b.calls - a.calls);
  const sum = (kind) => Math.round(rows.reduce((all, row) => (row.kind === kind ? all + row.calls : all), 0));
  return { total: sum('reading') + sum('writing'), reading: sum('reading'), writing: sum('writing'), rows };
}

/** Samples the clients of all processes of Backstay. */
export async function sampleClients(backstay) {
  return tally((await backstay.ask('statements')).flat());
}

/**
 * Prepares a server of one's own to count by itself: pg_stat_statements, where its packages carry it. Restarts the server.
 * @returns {Promise<boolean>} whether it counts
 */
export async function enableServerCounts(postgres) {
  try {
    await runSql(postgres.url, "LOAD 'pg_stat_statements'");
  } catch {
    return false;
  }
  await runSql(postgres.url, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
  await postgres.restart();
  await runSql(postgres.url, 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return true;
}

/** Samples the server's own counts of what the given user sent. */
export async function sampleServer(record, user) {
  const sql = `SELECT s.query, s.calls::int FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = $1`;
  return tally((await record.query(sql, [user])).map(({ query, calls }) => [query, calls]));
}
