/** What a read model costs at least: read a page in commit order, fold, write rows and checkpoint in one statement. */
import pg from 'pg';

const pageSql = `
  SELECT e.stream, e.type, e.data, e.tx::text AS tx, e.position FROM backstay.events e
  WHERE (e.tx, e.position) > ($1::xid8, $2::bigint) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.tx, e.position LIMIT 1000`;

const writeSql = `
  WITH moved AS (UPDATE reference_checkpoint SET tx = $3, position = $4)
  INSERT INTO reference_rows AS r (stream, body)
  SELECT * FROM unnest($1::text[], $2::jsonb[])
  ON CONFLICT (stream) DO UPDATE SET body = EXCLUDED.body`;

export class ReferenceProjector {
  #client;
  #listener;
  #bodies = new Map();
  #cursor = { tx: '0', position: '0' };
  #wake = () => undefined;
  #woken = false;

  static async open(url) {
    const projector = new ReferenceProjector();
    projector.#client = new pg.Client({ connectionString: url });
    projector.#listener = new pg.Client({ connectionString: url });
    await projector.#client.connect();
    await projector.#listener.connect();
    await projector.#client.query(`
      CREATE TABLE IF NOT EXISTS reference_rows (stream text PRIMARY KEY, body jsonb NOT NULL);
      CREATE TABLE IF NOT EXISTS reference_checkpoint (tx text, position bigint);
      INSERT INTO reference_checkpoint VALUES ('0', 0)`);
    return projector;
  }

  /** Folds and writes one page. @returns {Promise<readonly { stream: string }[]>} its events */
  async step() {
    const { tx, position } = this.#cursor;
    const { rows } = await this.#client.query({ name: 'page', text: pageSql, values: [tx, position] });
    const last = rows.at(-1);
    if (last === undefined) return rows;
    const changed = new Map();
    for (const { stream, type, data } of rows) {
      JSON.parse(data);
      const body = { count: (this.#bodies.get(stream)?.count ?? 0) + 1, last: type };
      this.#bodies.set(stream, body);
      changed.set(stream, JSON.stringify(body));
    }
    const values = [[...changed.keys()], [...changed.values()], last.tx, last.position];
    await this.#client.query({ name: 'write', text: writeSql, values });
    this.#cursor = last;
    return rows;
  }

  /** Follows notifications, with a poll as the safety net, until the signal ends it. */
  async follow(channel, signal, committed) {
    this.#listener.removeAllListeners('notification').on('notification', () => this.#notify());
    await this.#listener.query(`LISTEN ${channel}`);
    signal.addEventListener('abort', () => this.#notify());
    for (let pauseMs = 1; !signal.aborted;) {
      const events = await this.step();
      if (events.length > 0) committed(events.map(({ stream }) => stream));
      pauseMs = events.length > 0 || (await this.#sleep(pauseMs)) ? 1 : Math.min(pauseMs * 2, 200);
    }
  }

  async close() {
    await this.#client.end();
    await this.#listener.end();
  }

  #notify() {
    this.#woken = true;
    this.#wake();
  }

  async #sleep(milliseconds) {
    if (!this.#woken) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }
}
