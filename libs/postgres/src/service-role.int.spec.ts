import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { connect, type Pool } from './connect.ts';
import { PostgresEventStore } from './event-store/postgres-event-store.ts';
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
