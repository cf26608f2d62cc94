import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formsOf, innerHalf, nestedForms, secretValues } from '@backstay/document/testing';
import { size } from '@backstay/event-sourcing/testing';
import { planOf, recordOf, run, step, world } from './execution.test-support.ts';

const count = 65;
const all = secretValues(count);
const forms = all.flatMap((secret, index) => [...formsOf(secret), ...(index < size(65, 4) ? nestedForms(secret) : [])]);
const names = all.map((_, index) => `CANARY_${index}`);
const source = { line: 5 };
const open = ['orders-api-of-canaries', '2.4.0-rc.10'];

const here = world();
let server: Server;
let outside: string;
beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'backstay-canary-'));
  for (const [index, secret] of all.entries()) process.env[names[index]!] = secret;
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ all, forms, text: forms.join(' ') }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(async () => {
  for (const name of names) delete process.env[name];
  server.close();
  rmSync(outside, { recursive: true, force: true });
});

/** Every row of every table, as text. */
async function databaseDump(): Promise<string> {
  const { pool } = here.platform;
  const tables = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'backstay'`,
  );
  const dumps = tables.rows.map(({ name }) => pool.query<object>(`SELECT * FROM backstay."${name}"`));
  const values = (await Promise.all(dumps)).flatMap(({ rows }) => rows.flatMap((row): unknown[] => Object.values(row)));
  return values
    .map((value) => (Buffer.isBuffer(value) || typeof value === 'string' ? String(value) : JSON.stringify(value)))
    .join('\n');
}

function diskDump(): string {
  const files = readdirSync(here.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), 'utf8')).join('\n');
}

describe(`${count} secrets in every form`, () => {
  it('are found in no row and in no file, whatever shows them; public values are', async () => {
    const printed = join(outside, 'forms.txt');
    writeFileSync(printed, [...forms.map(([, form]) => form), ...open].join('\n\n'));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/echo`;
    const request = { method: 'POST', path: url, headers: { 'x-key': '${CANARY_0}' }, body: '{"k":"${CANARY_1}"}' };
    const expected = ['$', '$.all', '$.text', '$.forms[0][1]'].map((path) => ({
      kind: 'value' as const,
      path,
      operator: '=' as const,
      value: 'x',
    }));
    const plan = planOf(
      [
        run('pre.1', `cat ${printed}; echo error: "$CANARY_1" >&2; exit 7`, { mutates: false, onFailure: 'continue' }),
        step('pre.2', { kind: 'request', request }, { expected, mutates: false, onFailure: 'continue' }),
        run('deploy.1', `cat ${printed}`),
      ],
      {
        secrets: [{ title: 'Canaries', names, origin: 'document', source }],
        environmentVariables: open.map((value, index) => ({ name: `OPEN_${index}`, from: 'value', value, source })),
        allow: ['127.0.0.1:*'],
      },
    );
    const id = await here.planned(plan);
    const runner = await here.start();
    const state = await here.until(id, ({ status }) => status === 'verifying');
    await runner.stop();
    expect(['pre.1', 'pre.2', 'deploy.1'].map((each) => recordOf(state, each)?.status)).toEqual([
      'failed',
      'failed',
      'succeeded',
    ]);
    const sinks = { PostgreSQL: await databaseDump(), disk: diskDump() };
    for (const [sink, dump] of Object.entries(sinks)) {
      expect([sink, open.filter((value) => !dump.includes(value))]).toEqual([sink, []]);
      const shown = forms.filter(([, form]) => dump.includes(innerHalf(form)));
      expect([sink, shown]).toEqual([sink, []]);
    }
    const bytes = Object.entries(sinks).map(([sink, dump]) => `${sink} ${dump.length} bytes`);
    console.info(`${count} secrets, ${forms.length} forms, ${bytes.join(', ')}: 0 found, public values shown`);
  });
});
