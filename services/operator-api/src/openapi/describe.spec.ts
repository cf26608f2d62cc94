import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { routes, type Route } from '../http/routes.ts';
import { describeApi } from './describe.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, object>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
}

const described = describeApi() as { openapi: string; paths: Record<string, Record<string, Operation>> };
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
    ({ path, operation }) => {
      const inPath = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(Object.keys(operation.responses)).toEqual([expect.stringMatching(/^20[02]$/), 'default']);
    },
  );

  it('names the key on every POST', () => {
    for (const { method, operation } of operations) {
      expect(operation.parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(method === 'post');
    }
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
