import { randomUUID } from 'node:crypto';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { connect, type Pool } from './connect.ts';
import { PostgresEventStore } from './event-store/postgres-event-store.ts';
import type { Fault } from './faults.ts';
import { prepareSchema } from './migrate.ts';
import { SchemaNotReady } from './service-role.ts';
import { ViewStore } from './views/view-store.ts';
import { WriteProbe } from './write-probe.ts';

const role = `services_${randomUUID().slice(0, 8)}`;
let owner: { url: string; pool: Pool };
let services: Pool;

beforeAll(async () => {
  const { url } = await testDatabase();
  owner = { url, pool: connect({ url }) };
  await owner.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'services-only'`);
  await owner.pool.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  const theirs = new URL(url);
  Object.assign(theirs, { username: role, password: 'services-only' });
  services = connect({ url: theirs.href });
});

afterAll(async () => {
  await services.end();
  await owner.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.pool.end();
  await stopTestParts();
});

const denied = { code: '42501' };

describe('the role of the services', () => {
  it('cannot prepare the schema, and names the setting of who can', async () => {
    await expect(prepareSchema(services)).rejects.toThrow(SchemaNotReady);
    await expect(prepareSchema(services)).rejects.toThrow('BACKSTAY_POSTGRES_MIGRATION_URL');
  });

  it('works with a schema that the role of the migrations has prepared, also when several start at once', async () => {
    await Promise.all([1, 2, 3].map(() => prepareSchema(services, owner.url)));
    await prepareSchema(services);
    const store = new PostgresEventStore(services);
    const events = sealedEvents('s', [{ type: 'CounterMoved', data: { n: 1 } }]);
    await store.append({ stream: 's', expectedVersion: 0, commandId: 'c', events });
    expect(await store.readAll(null, 10)).toHaveLength(1);
    await store.close();
    const views = new ViewStore(services);
    await views.sink('v').commit([{ key: 'k', body: {} }], '1-1');
    expect(await views.get('v', 'k')).not.toBeNull();
    expect(await new WriteProbe(services).problem()).toBeNull();
  });

  it('prepares it though the first connection, and that of the migrations, broke off', async () => {
    const asking = vi
      .spyOn(services, 'query')
      .mockRejectedValueOnce(new Error('timeout exceeded when trying to connect'));
    const { hostname, port } = new URL(owner.url);
    let connections = 0;
    const relay = createServer((socket) => {
      connections += 1;
      if (connections === 1) return void socket.destroy();
      const upstream = createConnection(Number(port), hostname);
      for (const [end, other] of [[socket, upstream] as const, [upstream, socket] as const])
        end.on('error', () => other.destroy()).pipe(other);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const throughRelay = new URL(owner.url);
    throughRelay.hostname = '127.0.0.1';
    throughRelay.port = String((relay.address() as AddressInfo).port);
    const faults: Fault[] = [];
    await prepareSchema(services, throughRelay.href, (fault) => void faults.push(fault));
    expect(faults.map(({ operation, failures }) => [operation, failures])).toEqual([
      ['prepare the schema', 1],
      ['prepare the schema', 2],
    ]);
    expect(asking).toHaveBeenCalledTimes(3);
    expect(connections).toBe(2);
    relay.close();
  });

  it.each([
    'UPDATE backstay.events SET data = $$x$$',
    'DELETE FROM backstay.events',
    'TRUNCATE backstay.events',
    'ALTER TABLE backstay.events DISABLE TRIGGER ALL',
    'DROP TABLE backstay.events',
    'DELETE FROM backstay.migrations',
    'CREATE TABLE backstay.others (id int)',
    'ALTER TABLE backstay.leases ADD COLUMN other int',
  ])('may not change the record: %s', async (statement) => {
    await expect(services.query(statement)).rejects.toMatchObject(denied);
  });
});
