import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { headerNames, headersOf, routes, type Route } from '@backstay/api-contract';
import { describeApi } from './describe.ts';

interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, object>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
}

const described = describeApi() as {
  openapi: string;
  tags: readonly { readonly name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the description of the API', () => {
  it('that is checked in is the one that is served; `npm run describe -w @backstay/operator-api` writes it', async () => {
    const checkedIn = await readFile(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(checkedIn).toBe(`${JSON.stringify(describeApi(), null, 2)}\n`);
  });

  it('is OpenAPI 3.1 and holds every route that is not hidden', () => {
    const shown = Object.entries<Route>(routes).filter(([, { hidden }]) => hidden !== true);
    expect(described.openapi).toBe('3.1.0');
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(shown.map(([name]) => name).sort());
  });

  it.each(operations)(
    'of $method $path declares each parameter of the path, a success and the problems',
    ({ method, path, operation }) => {
      const inPath = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      const [success, ...refusals] = Object.keys(operation.responses);
      expect(success).toMatch(/^20[02]$/);
      expect(refusals.at(-1)).toBe('default');
      expect(refusals).toContain('400');
      expect(refusals.includes('404')).toBe(path.includes('{') || path === '/v1/events/stream');
      expect(refusals.includes('422')).toBe(method === 'post' || path === '/v1/events/stream');
    },
  );

  it.each(operations)('of $method $path has an example, and a tag that is described', ({ operation }) => {
    const [success] = Object.values(operation.responses) as { content: Record<string, { example?: unknown }> }[];
    expect(Object.values(success?.content ?? {})[0]?.example).toBeDefined();
    expect(described.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
  });

  it('gives the schema of what the live stream sends', () => {
    const operation = described.paths['/v1/events/stream']?.['get'];
    expect(JSON.stringify(operation?.responses['200'])).toContain(
      '"contentSchema":{"$ref":"#/components/schemas/StreamEvent"}',
    );
    expect(described.components.schemas['StreamEvent']).toMatchObject({ properties: { eventId: { type: 'string' } } });
  });

  it('refers to nothing that it does not have', () => {
    const names = [...JSON.stringify(described).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect([...new Set(names)].sort()).toEqual(Object.keys(described.components.schemas).sort());
  });

  it('names the key on every POST', () => {
    for (const { method, operation } of operations) {
      expect(operation.parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(method === 'post');
    }
  });

  it('names every header of requests and responses, as the contract has it', () => {
    for (const { operation } of operations) {
      const route: Route = routes[operation.operationId as keyof typeof routes];
      const inHeader = operation.parameters.filter((each) => each.in === 'header').map(({ name }) => name);
      expect(inHeader).toEqual(Object.keys(headersOf(route)));
      const [success] = Object.values(operation.responses) as { readonly headers?: object }[];
      expect(Object.keys(success?.headers ?? {})).toEqual(Object.keys(route.responseHeaders?.shape ?? {}));
      expect('304' in operation.responses).toBe('ETag' in (success?.headers ?? {}));
    }
    const text = JSON.stringify(described);
    for (const name of Object.values(headerNames)) expect(text).toContain(name);
    const key = { name: 'Idempotency-Key', schema: { type: 'string', minLength: 1, maxLength: 200 } };
    expect(described.paths['/v1/prune']?.['post']?.parameters).toMatchObject([key]);
  });

  it('says which requests also take Markdown', () => {
    const taking = operations.filter(({ operation }) => 'text/markdown' in (operation.requestBody?.content ?? {}));
    expect(taking.map(({ operation }) => operation.operationId).sort()).toEqual([
      'dryRun',
      'lintDocument',
      'requestDeployment',
    ]);
  });
});
