import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const ends = ['DeploymentSucceeded', 'DeploymentFailed', 'DeploymentRejected', 'DeploymentHalted', 'RollbackTriggered'];

/** Reads the events that Backstay recorded, on a connection of its own, so that asking costs the measured process nothing. */
export class Record {
  #pool;

  constructor(url) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1 });
    // A query that fails says so itself; a server that ends must not end the bench.
    this.#pool.on('error', () => undefined);
  }

  /** Events of a deployment: type, data as text, and time in milliseconds. */
  async events(id) {
    const sql = 'SELECT type, data, time FROM backstay.events WHERE stream = $1 ORDER BY version';
    const { rows } = await this.#pool.query({ name: 'events', text: sql, values: [`deployment-${id}`] });
    return rows.map(({ type, data, time }) => ({ type, data, at: Date.parse(time) }));
  }

  /** How many events there are in all. */
  async count() {
    const { rows } = await this.#pool.query('SELECT count(*)::int AS count FROM backstay.events');
    return rows[0].count;
  }

  /** Those of the deployments whose stream has an event of this type. */
  async having(type, ids) {
    const sql = 'SELECT DISTINCT stream FROM backstay.events WHERE stream = ANY($1) AND type = ANY($2)';
    const streams = ids.map((id) => `deployment-${id}`);
    const { rows } = await this.#pool.query({ name: 'having', text: sql, values: [streams, [type].flat()] });
    return rows.map(({ stream }) => stream.slice('deployment-'.length));
  }

  /**
   * Waits until each deployment has an event of this type.
   * @throws when one ended as anything but succeeded, or not in time; the message tells its events
   */
  async until(type, ids, { withinMs = 60_000, everyMs = 10 } = {}) {
    const deadline = Date.now() + withinMs;
    let open = ids;
    for (;;) {
      const reached = new Set(await this.having(type, open));
      open = open.filter((id) => !reached.has(id));
      if (open.length === 0) return;
      const [failed] = await this.having(ends.slice(1), open);
      if (failed !== undefined || Date.now() > deadline) {
        const id = failed ?? open[0];
        const events = await this.events(id);
        const types = events.map((event) => event.type);
        throw new Error(`deployment ${id} has no ${type}: ${types.join(' ')} ${events.at(-1)?.data ?? ''}`);
      }
      await pause(everyMs);
    }
  }

  /** Waits until nothing was appended for a while. */
  async untilQuiet(quietMs = 2_000) {
    for (let before = -1, now = await this.count(); before !== now; now = await this.count()) {
      before = now;
      await pause(quietMs);
    }
  }

  async query(sql, values) {
    return (await this.#pool.query(sql, values)).rows;
  }

  close() {
    return this.#pool.end();
  }
}
