import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { startTestApi } from '../api.test-support.ts';

it('a request that is still handled when the service closes gets its reply, and holds up nothing', async () => {
  const api = await startTestApi();
  const { pool } = api.platform;
  const blocker = await pool.connect();
  try {
    await blocker.query('BEGIN; LOCK TABLE backstay.parked_messages IN ACCESS EXCLUSIVE MODE');
    const reply = api.get('/v1/parked');
    await untilWaiting();
    const closed = api.service.close();
    await blocker.query('ROLLBACK');
    expect((await reply).status).toBe(200);
    await closed;
  } finally {
    blocker.release();
    await api.close();
  }

  async function untilWaiting(): Promise<void> {
    const sql = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'backstay.parked_messages'::regclass`;
    await eventually(async () => (await blocker.query(sql)).rowCount !== 0, 'the request waits for the lock');
  }
});

it('a connection on which nothing was asked yet holds up nothing', async () => {
  const api = await startTestApi();
  const silent = connect(Number(new URL(api.service.url).port), '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent.resume(), 'close');
  await api.close();
  await closed;
});
