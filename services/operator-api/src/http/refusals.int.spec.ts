import { deploymentIn, headersOf, routes, type Route } from '@backstay/api-contract';
import { success } from '@backstay/projections/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api.test-support.ts';

interface Wrong {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = { 'content-type': 'application/json' };

/** What may be wrong with any request, by its name. */
const wrongs: Readonly<Record<string, Wrong>> = {
  'nothing in it': {},
  'a body of another media type': { body: 'a', headers: { 'content-type': 'text/plain' } },
  'a body without a media type': { body: 'a', headers: { 'content-type': '' } },
  'a body that is no JSON': { body: '{', headers: json },
  'a name twice in JSON': { body: '{"rehearse":true,"rehearse":false}', headers: json },
  'a text in JSON': { body: '"# Deployment: notes-api 1.0.0"', headers: json },
  'a list in JSON': { body: '[]', headers: json },
  'a body that is too large': { body: JSON.stringify({ document: 'a'.repeat(3_000_000) }), headers: json },
  'a medium that nothing has': { headers: { accept: 'image/png' } },
  'an endless key': { headers: { 'idempotency-key': 'k'.repeat(201) } },
  'an event that is none': { headers: { 'last-event-id': 'x' } },
};

/** A stream that opens is none of the refusals. */
const withReply = Object.entries<Route>(routes).filter(([, { event }]) => event === undefined);
const table = withReply.map(([name, route]) => [name, route] as const);

const paths = ({ path }: Route): string[] =>
  ['good', 'absent', '-'].map((id) => path.replace(':id', id).replaceAll(/:\w+/g, id === 'good' ? 'production' : id));

describe('what a route refuses', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    await api.record(success({ id: 'good' }).events);
  });

  afterAll(() => api?.close());

  const send = (method: Route['method'], path: string, { body, headers }: Wrong) =>
    method === 'GET' ? api.get(path, headers) : api.send(path, { body, headers });

  it.each(table)('%s replies nothing that its description does not have, whatever is wrong', async (_, route) => {
    for (const [wrong, request] of Object.entries(wrongs))
      for (const path of paths(route)) {
        const { status } = await send(route.method, path, request);
        expect([path, wrong, status < 500]).toEqual([path, wrong, true]);
      }
  });

  it('a body with a name twice is refused with its place', async () => {
    const body = '{"document":"# A","labels":{"a/b":"1","a/b":"2"}}';
    const response = await api.send('/v1/deployments', { body, headers: json });
    expect([response.status, await response.json()]).toMatchObject([
      422,
      {
        errors: [
          { pointer: '#/labels/a~1b', detail: expect.stringContaining('twice in one object: /labels/a~1b, in line 1') },
        ],
      },
    ]);
  });

  it.each(table.filter(([, { method }]) => method === 'POST'))(
    '%s refuses a media type that it does not take with 415',
    async (_, route) => {
      const [path = ''] = paths(route);
      const { status } = await send('POST', path, wrongs['a body of another media type']!);
      expect(status).toBe(415);
    },
  );

  it.each(table.filter(([, route]) => Object.hasOwn(headersOf(route), 'Idempotency-Key')))(
    '%s refuses a key that is longer than the description says',
    async (_, route) => {
      const [path = ''] = paths(route);
      const response = await send('POST', path, wrongs['an endless key']!);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ parameter: 'Idempotency-Key' }] });
    },
  );

  it.each(table.filter(([, { takesMarkdown }]) => takesMarkdown === true))(
    '%s takes a text in JSON for no document',
    async (_, { path }) => {
      const response = await api.send(path, wrongs['a text in JSON']!);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        errors: [{ pointer: '#', detail: expect.stringContaining('expected names with their values') }],
      });
    },
  );

  it.each(['?service=%ZZ', '?service=%FF', '?%ZZ=a'])(
    'a query that cannot be decoded is refused: %s',
    async (query) => {
      const response = await api.get(`/v1/deployments${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        type: '/docs#invalid-query',
        errors: [{ detail: expect.stringContaining('is not percent-encoded UTF-8') }],
      });
    },
  );

  it.each(withReply.filter(([, route]) => deploymentIn(route)?.part === 'params' && route.body === undefined))(
    '%s has a code of its own for a deployment that is not known',
    async (_, { method, path }) => {
      const [, absent = '', unnamed = ''] = paths({ path } as Route);
      for (const each of [absent, unnamed]) {
        const reply = await send(method, each, {});
        expect([each, reply.status, await reply.json()]).toMatchObject([each, 404, { code: 'not-requested' }]);
      }
    },
  );

  it('a name of nothing is refused with what it would name', async () => {
    const detailOf = async (path: string) => ((await (await api.get(path)).json()) as { detail: string }).detail;
    expect(await detailOf('/v1/deployments/-')).toBe('there is no deployment -');
    expect(await detailOf('/v1/deployments/good/steps/-/output')).toBe('there is no step -');
    expect(await detailOf('/v1/services/-/environments/production')).toBe('there is no service -');
  });
});
