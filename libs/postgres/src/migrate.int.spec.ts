import { afterAll, describe, expect, it } from '@jest/globals';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { connect } from './connect.ts';
import { migrate } from './migrate.ts';

describe('migrations', () => {
  afterAll(() => stopTestParts());

  it('run once, the second time there is nothing left to do', async () => {
    const { url } = await testDatabase();
    const ran = await migrate(url);
    expect(ran).toContain('0001_backstay');
    expect(await migrate(url)).toEqual([]);
  });

  it('run once when several processes start at the same time', async () => {
    const { url } = await testDatabase();
    const ran = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it('leave the pool they were given open, and its connections as they were', async () => {
    const pool = connect({ url: (await testDatabase()).url });
    try {
      await migrate(pool);
      const { rows } = await pool.query<{ timeout: string }>(`SELECT current_setting('statement_timeout') AS timeout`);
      expect(rows[0]?.timeout).toBe('30s');
    } finally {
      await pool.end();
    }
  });
});
