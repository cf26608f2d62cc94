import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as settled, setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeDependencies } from '@backstay/checks';
import { resolveCommit } from '@backstay/git';
import { guardedFetch, guardedIo } from '@backstay/guarded-io';
import { connectBus } from '@backstay/jetstream';
import { deliver } from '@backstay/notices';
import { connect, LeaseKeeper, Leases, PostgresEventStore } from '@backstay/postgres';
import { telemetryFetch } from '@backstay/telemetry';

const codes = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ECONNRESET',
  'EPIPE',
  'EADDRNOTAVAIL',
  'EACCES',
  'EMFILE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
] as const;

/** When a connection fails: within the look-up of its address, as the kernel may, or later; or the call itself throws, as for a bad port. */
const stages = ['in the look-up', 'later', 'at the call'] as const;
type Stage = (typeof stages)[number];

const { connect: realConnect } = Socket.prototype;

interface Asked {
  readonly host?: string;
  readonly lookup?: (host: string, options: { readonly all: boolean }, done: () => void) => void;
}

/** Every connection of this process fails so, whoever opens it. */
function breakConnections(code: string, stage: Stage): void {
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
    const error = Object.assign(new Error(code), { code, syscall: 'connect' });
    const [asked = {}] = (Array.isArray(given[0]) ? given[0] : given) as [Asked?];
    const fail = () => void this.destroy(error);
    if (stage === 'at the call') return Reflect.apply(realConnect, this, [99_999, 'db.test']);
    if (stage === 'later') setImmediate(fail);
    else if (typeof asked.lookup === 'function') asked.lookup(asked.host ?? 'db.test', { all: true }, fail);
    else process.nextTick(fail);
    return this;
  } as typeof Socket.prototype.connect;
}

/** Longer than a failure takes, and waited for at its end: a client's deadline must not be an error of the process either. */
const deadlineMs = 300;
const resolve = async () => [{ address: '192.0.2.1', family: 4 }];
const fetch = guardedFetch({ allow: ['*:*'], resolve, deadlineMs: 2_000 });
const logger = { info: () => {} };
const resolver = { has: () => false, resolve: () => ({ reveal: () => '' }) };
const ofPostgres = { url: 'postgres://db.test/backstay', max: 1, connectTimeoutMs: deadlineMs };

/** A pool for one question. */
async function withPool(ask: (pool: ReturnType<typeof connect>) => Promise<unknown>): Promise<unknown> {
  const pool = connect(ofPostgres);
  try {
    return await ask(pool);
  } finally {
    await pool.end();
  }
}

/** Ends at the first fault that is reported. */
async function subscribed(): Promise<unknown> {
  const ending = new AbortController();
  return withPool(async (pool) => {
    const store = new PostgresEventStore(pool, { onFault: () => ending.abort() });
    for await (const _ of store.subscribe({ after: null, signal: ending.signal }));
    await store.close();
    throw new Error('the subscription reported a fault');
  });
}

async function joined(): Promise<unknown> {
  const ending = new AbortController();
  return connectBus({
    url: 'nats://192.0.2.9:4222',
    name: 'spec',
    onStatus: () => ending.abort(),
    signal: ending.signal,
  });
}

const dependency = (kind: 'postgresql' | 'redis') => async () => {
  const check = { kind, url: `${kind}://db.test/0`, minimum: '1' } as const;
  const [result] = await probeDependencies([{ title: kind, check, source: { line: 1 } }] as never, {
    ...guardedIo({ allow: ['*:*'], environmentVariables: [] }),
    server: async (url) => url,
    variables: () => undefined,
    runningVersion: async () => '1.0.0',
    runCommand: async () => {
      throw new Error('there is no command');
    },
    timeoutMs: deadlineMs,
  });
  if (result?.passed !== false) throw new TypeError('nothing responded, and it passed');
  return result;
};

const clients: Readonly<Record<string, () => Promise<unknown>>> = {
  'an HTTP check': () => fetch('http://service.test/health'),
  'an HTTPS check': () => fetch('https://service.test/health'),
  'a metric source': () => telemetryFetch(fetch)('http://service.test/metrics'),
  'a webhook': () =>
    deliver(
      'webhook http://hooks.test/1',
      { id: 'n-1', kind: 'rollback', text: 'x', deployment: { id: 'd', service: 's', version: '1', environment: 'e' } },
      { fetch, resolver, logger, maxAttempts: 2, backoffMs: 1 },
    ),
  'the version of a PostgreSQL': dependency('postgresql'),
  'the version of a Redis': dependency('redis'),
  'the pool of the record': () => withPool((pool) => pool.query('select 1')),
  'the leases': () => withPool((pool) => new LeaseKeeper(new Leases(pool), { holder: 'here' }).take({ name: 'x' })),
  'the subscription of the record': subscribed,
  'the bus': joined,
};

describe('a connection that fails', () => {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const others = new Map(events.map((event) => [event, process.listeners(event as 'uncaughtException')]));
  let stray: unknown[] = [];
  const note = (error: unknown) => void stray.push(error);

  beforeEach(() => {
    stray = [];
    for (const event of events) process.removeAllListeners(event).on(event, note);
  });
  afterEach(() => {
    Socket.prototype.connect = realConnect;
    for (const event of events) {
      process.removeAllListeners(event);
      for (const listener of others.get(event) ?? []) process.on(event, listener);
    }
  });

  const rows = Object.keys(clients).flatMap((client) => stages.map((stage) => [client, stage] as const));

  it.each(rows)('is a failure of %s alone when it fails %s, whatever the reason', async (client, stage) => {
    for (const code of stage === 'at the call' ? codes.slice(0, 1) : codes) {
      breakConnections(code, stage);
      const outcome = await clients[client]!().then(
        () => 'a reply',
        (error: unknown) => error,
      );
      expect(outcome).not.toBeInstanceOf(TypeError);
      expect([code, outcome === 'a reply' || outcome instanceof Error]).toEqual([code, true]);
      await settled();
      await settled();
      expect(stray.map((error) => [code, error])).toEqual([]);
    }
    if (stage === 'at the call') await pause(deadlineMs + 50);
    expect(stray).toEqual([]);
  });

  it('is a failure of a repository alone, which another process asks', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'backstay-unreachable-'));
    try {
      const asked = resolveCommit({ repository: 'https://127.0.0.1:1/x.git', cacheDir, ref: 'main' });
      await expect(asked).rejects.toMatchObject({ name: 'RepositoryUnreachable' });
      expect(stray).toEqual([]);
    } finally {
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });
});
