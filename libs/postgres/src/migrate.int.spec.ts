import { afterAll, describe, expect, it } from '@jest/globals';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { connect } from './connect.ts';
import { PostgresEventStore } from './event-store/postgres-event-store.ts';
import { migrate } from './migrate.ts';
import { ViewStore } from './views/view-store.ts';

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

  it('give events from another cluster’s dump an order that readers see, and have views begin anew', async () => {
    const pool = connect({ url: (await testDatabase()).url });
    const store = new PostgresEventStore(pool);
    const views = new ViewStore(pool);
    try {
      await migrate(pool);
      const facts = [1, 2, 3].map((n) => ({ type: 'CounterMoved', data: { n } }));
      await store.append({ stream: 's', expectedVersion: 0, commandId: 'c', events: sealedEvents('s', facts) });
      await views.sink('v').commit([{ key: 'k', body: {} }], '900000000-3');
      await pool.query(`UPDATE backstay.events SET tx = '900000000'`);
      expect(await store.readAll(null, 10)).toEqual([]);
      await migrate(pool);
      expect((await store.readAll(null, 10)).map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(await views.checkpoint('v')).toBeNull();
      expect(await views.get('v', 'k')).toBeNull();
    } finally {
      await store.close();
      await pool.end();
    }
  });
});
