import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import pg from 'pg';
import { documentFor } from './support/document.ts';
import { eventually } from './support/eventually.ts';
import { Scene } from './support/scene.ts';
import type { Subject } from './support/subject.ts';

const watch = 'Watch for 1s, every 500ms';
const place = { service: 'restored', environment: 'production' };

describe('taking back what changed a database', () => {
  let scene: Scene;
  let database: TestDatabase;
  let client: pg.Client;
  let subject: Subject;
  beforeAll(async () => {
    scene = await Scene.open(['one-process']);
    database = await testDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('create table invoices (id int primary key); insert into invoices values (1)');
    subject = await scene.subject('restored', { usedIn: 'scene' });
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
    await scene?.close();
  });

  const migration = 'Migrate\n   - Run: `true`\n   - Undo: none\n   - Changes database: PostgreSQL `${DATABASE_URL}`';
  const documentOf = (version: string, migrates = true) =>
    documentFor(subject, version, {
      watch,
      pre: ['Back up the database\n   - Backup: PostgreSQL `${DATABASE_URL}`', ...(migrates ? [migration] : [])],
    })
      .replace('LOG_LEVEL=info', `LOG_LEVEL=info\nDATABASE_URL=${database.url}`)
      .replace('### Rollback Triggers', '- Data loss: accepted up to 1h\n\n### Rollback Triggers')
      .replace(
        '3. Restart services\n4. Verify',
        '3. Restore database to backup of pre-deployment step 1\n4. Restart services\n5. Verify',
      )
      .replace('5. Notify team of rollback', '6. Notify team of rollback');
  const deployed = async (version: string, migrates = true) => {
    const id = await scene.publish({ document: documentOf(version, migrates) });
    expect(await scene.api.end(id)).toMatchObject({ status: 'succeeded' });
    await scene.event(id, 'EnvironmentReleased');
    return id;
  };
  const takenBack = async (id: string) => {
    const { status, body } = await scene.api.post('rollBack', { params: { id }, body: { reason: 'it is slow' } });
    expect(status).toBe(202);
    const asked = body as unknown as { readonly id: string; readonly restores?: readonly object[] };
    const end = await scene.api.end(asked.id);
    await scene.event(asked.id, 'EnvironmentReleased');
    return { asked, end };
  };
  const environment = async () => {
    const known = await scene.api.get('getEnvironment', {
      params: place,
    });
    if (known === null) throw new Error('nothing is known of the environment');
    return known;
  };
  const migrate = () => client.query('create table coupons (id int); insert into invoices values (2)');

  it('makes it what it was, reports what is lost before and after, and what comes next finds it so', async () => {
    await deployed('1.0.0');
    const second = await deployed('1.1.0');
    await migrate();
    const { asked, end } = await takenBack(second);
    expect(asked.restores).toMatchObject([{ backup: 'pre.1', acceptedMs: 3_600_000, restored: false }]);
    expect(end).toMatchObject({
      kind: 'rollback',
      status: 'rolled-back-verified',
      restores: [{ restored: true, dropped: ['table public.coupons'] }],
    });
    expect((await client.query('select id from invoices')).rows).toEqual([{ id: 1 }]);
    const summaries = (await scene.api.audit(asked.id)).map(({ summary }) => summary);
    expect(summaries).toContainEqual(
      expect.stringContaining('1 object made since then was dropped: table public.coupons'),
    );
    expect((await scene.api.why(asked.id)).sentence).toContain('since then are lost');
    await migrate();
  });

  it('leaves its version in quarantine until a person lifts it', async () => {
    const refused = await scene.publish({ document: documentOf('1.1.0') });
    expect(await scene.api.end(refused)).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('backstay lift restored 1.1.0 -e production'),
    });
    const body = { version: '1.1.0', reason: 'it was the network' };
    expect((await scene.api.post('liftQuarantine', { params: place, body })).status).toBe(202);
    await deployed('1.1.0');
  });

  it('leaves the database alone where nothing that is recorded changed it, and says so before and after', async () => {
    const { asked, end } = await takenBack(await deployed('1.1.0', false));
    const reason = 'nothing that is recorded changed the database since the backup of pre.1';
    expect(asked).toMatchObject({ notRestored: [{ backup: 'pre.1', reason }] });
    expect(asked).not.toHaveProperty('restores');
    expect(end).toMatchObject({ status: 'rolled-back-verified', notRestored: [{ step: 'rollback.3', reason }] });
    const sentence = `the backup of pre.1 was not restored: ${reason}`;
    expect((await scene.api.why(asked.id)).sentence).toContain(sentence);
    const summaries = (await scene.api.audit(asked.id)).map(({ summary }) => summary);
    expect(summaries).toContainEqual(expect.stringContaining('the backup of pre.1 is not restored'));
    expect(summaries).toContainEqual(expect.stringMatching(/rollback\.\d.*skipped.*nothing that is recorded changed/));
    expect((await client.query('select id from invoices order by id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('to the very same version leaves it running, good and free, and what comes next is deployed', async () => {
    const { end } = await takenBack(await deployed('1.1.0'));
    expect(end).toMatchObject({ status: 'rolled-back-verified' });
    expect(await environment()).toMatchObject({
      running: { version: '1.1.0' },
      verifiedGood: { version: '1.1.0' },
      quarantined: [],
    });
    const last = await deployed('1.2.0');
    expect((await scene.api.post('adopt', { params: place, body: { version: '1.2.0' } })).status).toBe(202);
    const settled = await eventually(async () => {
      const known = await environment();
      return known.adoption.pending === null ? known : null;
    }, 'the adoption');
    expect(settled).toMatchObject({ running: { version: '1.2.0', deployment: last }, adoption: { refused: null } });
  });
});
