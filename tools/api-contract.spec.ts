import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes, type Contract } from '@backstay/api-contract';
import { contractRouteFrom, Input, ProblemFilter, ValidParameters, type InputTo } from '@backstay/service-kit/http';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { Api } from '../cli/src/api/client.ts';
import { Failure } from '../cli/src/failure.ts';
import { describeApi } from '../services/operator-api/src/openapi/describe.ts';

const contract = {
  ...routes,
  getProbe: {
    method: 'GET',
    path: '/v1/probes/:name',
    tag: 'platform',
    access: 'public',
    summary: 'A route that only this test has',
    success: 'ok',
    params: z.strictObject({ name: z.string().regex(/^[a-z]+$/) }),
    query: z.strictObject({ times: z.coerce.number<string | number>().int().max(3).default(1) }),
    response: z.looseObject({ text: z.string() }),
    problems: ['conflict'],
    example: { params: { name: 'a' }, query: { times: 2 }, response: { text: 'aa' } },
  },
} as const satisfies Contract;

const ContractRoute = contractRouteFrom(contract);

@Controller()
class ProbeController {
  @ContractRoute('getProbe')
  probe(@Input() { params, query }: InputTo<typeof contract.getProbe>): { text: string } {
    return { text: params.name.repeat(query.times) };
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('a route that is added to the contract', () => {
  let app: NestFastifyApplication;
  let api: Api<typeof contract>;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(ProbeModule, new FastifyAdapter(), { logger: false });
    app.useGlobalGuards(new ValidParameters());
    app.useGlobalFilters(new ProblemFilter(contract, { error: () => undefined }));
    await app.listen(0, '127.0.0.1');
    api = new Api({ url: await app.getUrl() }, async () => contract);
  });

  afterAll(async () => {
    await app?.close();
  });

  it('is called by the client and served under its path', async () => {
    const { body } = await api.call('getProbe', { params: { name: 'ab' }, query: { times: 2 } });
    expect(body.text).toBe('abab');
  });

  it.each([
    [{ params: { name: 'ab' }, query: { times: 9 } }, 400, 'invalid-query'],
    [{ params: { name: 'AB' } }, 404, 'not-found'],
  ])('is validated: %j is refused', async (input, status, kind) => {
    const refused = await api.call('getProbe', input).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Failure);
    expect((refused as Failure).problem).toMatchObject({ status, type: `/docs#${kind}` });
  });

  it('is described', () => {
    const { paths } = describeApi(contract) as { paths: Record<string, { get?: object }> };
    expect(paths['/v1/probes/{name}']?.get).toMatchObject({
      operationId: 'getProbe',
      parameters: [
        { name: 'name', in: 'path', required: true, example: 'a' },
        { name: 'times', in: 'query', schema: { maximum: 3, default: 1 } },
      ],
      responses: { 200: expect.anything(), 400: expect.anything(), 404: expect.anything(), 409: expect.anything() },
    });
  });
});
