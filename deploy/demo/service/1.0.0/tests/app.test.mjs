import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createApp } from '../src/app.mjs';
import { createMetrics } from '../src/metrics.mjs';
import { createNotes } from '../src/notes.mjs';

const rows = [{ id: 1, title: 'Groceries', body: 'Bread' }];
let connected = true;
const database = {
  query: async () => (connected ? rows : Promise.reject(new Error('away'))),
  usage: () => ({ connections: 1, waiting: 0 }),
};
const cache = { read: async () => null, write: async () => {}, state: () => 'none' };
const users = { isKnown: async (name, password) => name === 'ada' && password === 'right' };
const app = createApp({
  notes: createNotes({ database, cache }),
  users,
  database,
  cache,
  metrics: createMetrics({ database }),
  log: { error: () => {} },
  release: { version: '0.0.0', commit: null },
  key: 'a key of the tests',
});
const server = createServer(app.handle);
const url = (path) => `http://127.0.0.1:${server.address().port}${path}`;
const login = (password) =>
  fetch(url('/api/auth/login'), { method: 'POST', body: JSON.stringify({ user: 'ada', password }) });
const bearer = async () => ({ headers: { authorization: `Bearer ${(await (await login('right')).json()).token}` } });

describe('the HTTP surface', () => {
  before(() => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('gives a token for the right password', async () => assert.equal((await login('right')).status, 200));
  it('gives none for a wrong one', async () => assert.equal((await login('wrong')).status, 401));
  it('refuses a body that is not a login', async () => {
    assert.equal((await fetch(url('/api/auth/login'), { method: 'POST', body: 'hello' })).status, 400);
  });
  it('keeps the notes behind the login', async () => assert.equal((await fetch(url('/api/data'))).status, 401));
  it('shows the notes to who logged in', async () => {
    const response = await fetch(url('/api/data'), await bearer());
    assert.deepEqual(await response.json(), { items: rows, count: 1 });
  });
  it('answers 500 when the database is away, and its health says so', async () => {
    const headers = await bearer();
    connected = false;
    assert.equal((await fetch(url('/api/data'), headers)).status, 500);
    assert.equal((await fetch(url('/health'))).status, 503);
    connected = true;
    assert.equal((await fetch(url('/health'))).status, 200);
  });
  it('counts every request but the scrapes', async () => {
    const text = await (await fetch(url('/metrics'))).text();
    assert.match(text, /http_requests_total\{method="GET",route="\/api\/data",status="500"\} 1/);
    assert.doesNotMatch(text, /route="\/metrics"/);
  });
});
