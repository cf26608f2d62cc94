import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from './connect.ts';
import { isRefusal } from './faults.ts';

export interface WriteProbeOptions {
  /** Milliseconds for which a finding is given again; default 1000. */
  readonly keepMs?: number;
  /** Milliseconds within which the database must have responded; default 3000. */
  readonly withinMs?: number;
}

// Asks for the right to write events, and fills a new page, all of which the exception rolls back. One round trip.
const probeSql = `
  DO $probe$ BEGIN
    INSERT INTO backstay.events (stream) SELECT '' WHERE false;
    INSERT INTO backstay.write_probe (page) VALUES (repeat('.', 7000));
    RAISE SQLSTATE 'BS001';
  EXCEPTION WHEN SQLSTATE 'BS001' THEN NULL;
  END $probe$`;

const unreachable = 'PostgreSQL does not respond';

// What the server reports can name hosts, users and files; where this is shown, it is public.
const refusals: Readonly<Record<string, string>> = {
  '25006': 'PostgreSQL is read-only',
  '42501': 'PostgreSQL does not permit this service to write events',
  '53100': 'PostgreSQL has no space left on its disk',
};

/** Whether the record can be written now. At most one probe runs at a time; all who ask meanwhile share its finding. */
export class WriteProbe {
  readonly #pool: Pool;
  readonly #keepMs: number;
  readonly #withinMs: number;
  #running: Promise<string | null> | null = null;
  #found: { readonly problem: string | null; readonly at: number } | null = null;

  constructor(pool: Pool, { keepMs = 1_000, withinMs = 3_000 }: WriteProbeOptions = {}) {
    this.#pool = pool;
    this.#keepMs = keepMs;
    this.#withinMs = withinMs;
  }

  /** Null when it can, else why not; names no host, user or file. Never rejects. */
  async problem(): Promise<string | null> {
    if (this.#found !== null && performance.now() - this.#found.at < this.#keepMs) return this.#found.problem;
    this.#running ??= this.#probe().finally(() => (this.#running = null));
    const patience = new AbortController();
    try {
      const tooLate = pause(this.#withinMs, unreachable, { signal: patience.signal }).catch(() => unreachable);
      return await Promise.race([this.#running, tooLate]);
    } finally {
      patience.abort();
    }
  }

  async #probe(): Promise<string | null> {
    const problem = await this.#pool.query(probeSql).then(() => null, problemIn);
    this.#found = { problem, at: performance.now() };
    return problem;
  }
}

function problemIn(error: unknown): string {
  if (!isRefusal(error)) return unreachable;
  const { code } = error as { readonly code: string };
  return refusals[code] ?? `PostgreSQL cannot write (SQLSTATE ${code})`;
}
