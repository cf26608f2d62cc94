import type { Queryable } from './connect.ts';

// A committed event cannot belong to a transaction that has not begun: it came with a dump from another cluster.
const foreignSql = `
  SELECT EXISTS (SELECT FROM backstay.events WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())) AS foreign`;

/**
 * Transaction ids mean something in the cluster that gave them. After a dump was restored into another one, stored events may
 * lie above all its transactions, where no reader would see them: gives them back their order by position, and has every
 * view and list begin anew, because their cursors are of the old order. Returns whether this was so.
 */
export async function orderRestoredEvents(client: Queryable): Promise<boolean> {
  if (!(await hasForeignEvents(client))) return false;
  await client.query('BEGIN');
  try {
    await client.query('LOCK TABLE backstay.events IN EXCLUSIVE MODE');
    const foreign = await hasForeignEvents(client);
    if (foreign) await reorder(client);
    await client.query('COMMIT');
    return foreign;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function hasForeignEvents(client: Queryable): Promise<boolean> {
  return (await client.query<{ foreign: boolean }>(foreignSql)).rows[0]?.foreign === true;
}

async function reorder(client: Queryable): Promise<void> {
  await client.query(`UPDATE backstay.events SET tx = '0' WHERE tx <> '0'`);
  for (const table of ['view_checkpoints', 'view_rows', 'pending_work_checkpoints', 'pending_work']) {
    await client.query(`DELETE FROM backstay.${table}`);
  }
}
