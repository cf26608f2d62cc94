import type { Queryable } from './connect.ts';

/** The role of the services has other rights than the record needs, or the schema is not there for it. */
export class SchemaNotReady extends Error {
  override readonly name = 'SchemaNotReady';
}

/**
 * Gives a role what services need: to read and append events, never to change or remove one, and to work with the other tables, which
 * can all be built anew. For the owner of the tables, who can always change them, there is nothing to give.
 */
export async function grantToServices(client: Queryable, role: string): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(
    `SELECT tableowner AS owner FROM pg_tables WHERE schemaname = 'backstay' AND tablename = 'events'`,
  );
  if (rows[0]?.owner === role) return;
  const name = `"${role.replaceAll('"', '""')}"`;
  await client.query(`
    BEGIN;
    SELECT pg_advisory_xact_lock(hashtext('backstay grants'));
    GRANT USAGE ON SCHEMA backstay TO ${name};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA backstay TO ${name};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA backstay TO ${name};
    REVOKE UPDATE, DELETE, TRUNCATE ON backstay.events FROM ${name};
    REVOKE INSERT, UPDATE, DELETE ON backstay.migrations FROM ${name};
    COMMIT`);
}

/** Whether this role may create what migrations create. */
export async function mayMigrate(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT has_database_privilege(current_database(), 'CREATE') AS may`,
  );
  return rows[0]?.may === true;
}

/** No such table or schema, or no right to read it. */
const isAbsentOrDenied = (error: unknown): boolean =>
  ['42P01', '3F000', '42501'].includes(String((error as { readonly code?: unknown }).code));

/** @throws {SchemaNotReady} unless every one of these migrations has run */
export async function requireMigrated(client: Queryable, names: readonly string[]): Promise<void> {
  const { rows } = await client
    .query<{ name: string }>(`SELECT name FROM backstay.migrations`)
    .catch((error: unknown) => {
      if (isAbsentOrDenied(error)) return { rows: [] };
      throw error;
    });
  const missing = names.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length === 0) return;
  throw new SchemaNotReady(
    `the schema of PostgreSQL lacks ${missing.join(', ')}, and this role may not migrate; start a service with BACKSTAY_POSTGRES_MIGRATION_URL first`,
  );
}
