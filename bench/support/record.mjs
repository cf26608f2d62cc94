import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const otherEnds = ['DeploymentFailed', 'DeploymentRejected', 'DeploymentHalted', 'RollbackTriggered'];

/** Reads the events that Backstay recorded, on a connection of its own, so that asking costs the measured process nothing. */
export class Record {
  #pool;
  #waiting = new Map();
  #watching = false;
  /** Up to where the events of those who are waited for were read, as they were committed. */
  #place;

  constructor(url) {
    // Tables that grew since they were last analysed are not scanned: the server's time belongs to what is measured.
    this.#pool = new pg.Pool({ connectionString: url, max: 1, options: '-c enable_seqscan=off' });
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

  /** Whether a deployment has an event of this type. */
  async has(type, id) {
    return (await this.#found([type], [id])).length > 0;
  }

  /**
   * Waits until each deployment has an event of this type. However many wait, one query reads what is new since the last: to ask
   * for each again and again would cost the server more than what is measured.
   * @throws when one ended as anything but succeeded, or not in time; the message lists its events
   */
  async until(type, ids, { withinMs = 300_000, everyMs = 10 } = {}) {
    const deadline = performance.now() + withinMs;
    const waits = ids.map(
      (id) => new Promise((resolve, reject) => this.#waiting.set(id, { type, deadline, resolve, reject })),
    );
    void this.#watch(ids, everyMs);
    await Promise.all(waits);
  }

  async #watch(ids, everyMs) {
    try {
      this.#place ??= await this.#end();
      const types = new Set([...this.#waiting.values()].map(({ type }) => type));
      await this.#settle(await this.#found([...types, ...otherEnds], ids));
      if (this.#watching) return;
      this.#watching = true;
      while (this.#waiting.size > 0) {
        await pause(everyMs);
        await this.#settle(await this.#appended());
      }
    } catch (error) {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    }
    this.#watching = false;
  }

  async #settle(found) {
    const reached = new Set(found.map(({ id, type }) => `${id} ${type}`));
    for (const [id, { type, deadline, resolve, reject }] of this.#waiting) {
      const hasFailed = otherEnds.some((end) => reached.has(`${id} ${end}`));
      if (reached.has(`${id} ${type}`)) resolve();
      else if (hasFailed || performance.now() > deadline) reject(await this.#without(type, id));
      else continue;
      this.#waiting.delete(id);
    }
  }

  async #end() {
    const sql = `SELECT tx::text, position::text FROM backstay.events
      WHERE tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY tx DESC, position DESC LIMIT 1`;
    return (await this.#pool.query(sql)).rows[0] ?? { tx: '0', position: '0' };
  }

  async #appended() {
    const sql = `SELECT tx::text, position::text, stream, type FROM backstay.events
      WHERE (tx, position) > ($1::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY tx, position`;
    const values = [this.#place.tx, this.#place.position];
    const { rows } = await this.#pool.query({ name: 'appended', text: sql, values });
    this.#place = rows.at(-1) ?? this.#place;
    return rows.map(({ stream, type }) => ({ id: stream.slice('deployment-'.length), type }));
  }

  async #found(types, ids) {
    const sql = 'SELECT stream, type FROM backstay.events WHERE stream = ANY($1) AND type = ANY($2)';
    const values = [ids.map((id) => `deployment-${id}`), types];
    const { rows } = await this.#pool.query({ name: 'found', text: sql, values });
    return rows.map(({ stream, type }) => ({ id: stream.slice('deployment-'.length), type }));
  }

  async #without(type, id) {
    const events = await this.events(id);
    const types = events.map((event) => event.type);
    return new Error(`deployment ${id} has no ${type}: ${types.join(' ')} ${events.at(-1)?.data ?? ''}`);
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
