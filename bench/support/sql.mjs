import pg from 'pg';

/** Runs one statement on a connection of its own; its rows. */
export async function runSql(url, statement, values) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

export function urlWith(url, { database, user, password }) {
  const changed = new URL(url);
  if (database !== undefined) changed.pathname = `/${database}`;
  if (user !== undefined) [changed.username, changed.password] = [user, password];
  return changed.href;
}
