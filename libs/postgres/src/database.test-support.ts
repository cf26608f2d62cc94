import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { connect, type ConnectOptions, type Pool } from './connect.ts';
import { migrate } from './migrate.ts';

export interface MigratedDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Another pool on the same database, closed with it. */
  connect(options?: Partial<ConnectOptions>): Pool;
  close(): Promise<void>;
}

/** A new database with schema `backstay`. */
export async function migratedDatabase(): Promise<MigratedDatabase> {
  const { url } = await testDatabase();
  const pools: Pool[] = [];
  const open = (options: Partial<ConnectOptions> = {}) => {
    const pool = connect({ url, ...options });
    pools.push(pool);
    return pool;
  };
  const pool = open();
  await migrate(pool);
  const close = async () => {
    await Promise.all(pools.map((each) => each.end()));
    await stopTestParts();
  };
  return { url, pool, connect: open, close };
}
