import { requestTo, routes, successes, type InputOf, type Route, type Routes } from '@backstay/api-contract';
import { environmentId, type EnvironmentCommand } from '@backstay/deployment';
import {
  doubtful,
  drafted,
  examplePlan,
  measuredStream,
  rolledBackByErrorRate,
  scenarios,
  secondsIn,
  success,
  watched,
} from '@backstay/projections/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api.test-support.ts';
import { deployableDocument } from '../document.test-support.ts';

type WithJson = { [Name in keyof Routes]: Routes[Name] extends { response: unknown } ? Name : never }[keyof Routes];

const of = (id: string) => ({ params: { id } });
const asOf = (id: string, version: string) => ({ params: { id }, query: { asOf: version } });
const everyForm = (first: string) => [
  of(first),
  of('good'),
  of('bad'),
  of('held'),
  of('going-back'),
  asOf('bad', '2'),
  asOf('bad', secondsIn(1_005)),
];
const planless = [...everyForm('planless'), asOf('good', '1')];
const environment = { service: 'orders-api', environment: 'production' };
const reason = 'to see the reply';

/** Requests that every route with JSON is called with; a route that is not here does not compile. */
const requests: { readonly [Name in WithJson]: readonly InputOf<Routes[Name]>[] } = {
  requestDeployment: [{ body: { document: deployableDocument, environment: 'staging' } }],
  listDeployments: [{}, { query: { limit: 1 } }, { query: { status: 'rejected' } }],
  getDeployment: planless,
  getPlan: everyForm('good'),
  getDocument: planless,
  getSteps: planless,
  getAuditTrail: [...planless, { params: { id: 'bad' }, query: { limit: 2 } }],
  getAcceptanceCriteria: planless,
  getMeasurements: planless,
  getWhy: planless,
  rollBack: [{ params: { id: 'watched' }, body: { reason } }],
  cancel: [{ params: { id: 'early' }, body: { reason } }],
  confirm: [{ params: { id: 'worded' }, body: { item: 160, reason } }],
  revokeEvidence: [{ params: { id: 'good', evidence: 'pre.1' }, body: { reason } }],
  resolveStep: [{ params: { id: 'doubtful', step: 'pre.1' }, body: { outcome: 'retry', reason } }],
  adopt: [{ params: environment, body: { version: '1.3.0' } }],
  liftQuarantine: [{ params: environment, body: { version: '2.0.0', reason } }],
  listEnvironments: [{}, { query: { limit: 1 } }],
  getEnvironment: [{ params: environment }],
  lintDocument: [{ body: { document: '# Deployment' } }, { body: { plan: { grammar: 1 } } }],
  dryRun: [{ body: { document: deployableDocument, environment: 'staging' } }],
  listParked: [{}],
  listPrunable: [{}],
  prune: [{}],
  getPruned: [of('good')],
  rebuildProjection: [{ params: { name: 'deployment-summary' } }],
  live: [{}],
  ready: [{}],
};

const withJson = Object.entries<Route>(routes).flatMap(([name, { response }]) => (response ? [name as WithJson] : []));

describe('the JSON that a route replies', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    const manual = { kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty: 'tech-writer' } };
    const worded = examplePlan({ acceptanceCriteria: [{ text: 'The handbook is right', line: 160, rule: manual }] });
    await api.record(
      success({ id: 'good' }).events,
      rolledBackByErrorRate({ id: 'bad', second: 1_000 }).events,
      measuredStream([0.001, 0.098, null], 1_010, 'bad'),
      scenarios['held by another deployment']({ id: 'held', second: 2_000 }).events,
      scenarios.rejected({ id: 'planless', second: 3_000 }).events,
      scenarios['rolled back manually']({ id: 'going-back', second: 4_000 }).events.slice(0, -2),
      watched({ id: 'watched', second: 5_000 }).events,
      drafted({ id: 'early', second: 6_000 }).events,
      drafted({ id: 'worded', plan: worded, second: 7_000 }).events,
      doubtful({ id: 'doubtful', second: 8_000 }).events,
    );
    await environmentHas(
      { type: 'ClaimEnvironment', deployment: 'bad', at: secondsIn(0) },
      {
        type: 'SettleEnvironment',
        deployment: 'bad',
        outcome: 'rolled-back-verified',
        running: { version: '1.1.0', commit: null, release: null, deployment: null },
        verifiedGood: null,
        quarantined: { version: '2.0.0', why: 'rolled back' },
        at: secondsIn(0),
      },
    );
    await api.platform.parked.park({
      id: 'BACKSTAY_INTAKE/1',
      subject: 'backstay.deploy-requested',
      headers: {},
      bytes: Buffer.from('{'),
      reason: 'the request is not JSON',
    });
  });

  afterAll(() => api?.close());

  async function environmentHas(...commands: readonly EnvironmentCommand[]): Promise<void> {
    const stream = environmentId('orders-api', 'production');
    for (const command of commands)
      await api.platform.environments.handle(stream, command, {
        commandId: api.platform.ids(),
        time: secondsIn(0),
        actor: { kind: 'system', name: 'test' },
        correlation: stream,
        causation: null,
      });
  }

  it('is looked at for every route of the contract that has JSON', () => {
    expect(Object.keys(requests).sort()).toEqual([...withJson].sort());
    for (const name of withJson) expect([name, requests[name].length]).not.toEqual([name, 0]);
  });

  it.each(withJson)('%s has the shape that the contract describes', async (name) => {
    const { response, success: expected } = routes[name] as Route;
    for (const input of requests[name]) {
      const { method, url, body } = requestTo(routes, name, input as never);
      const reply = await fetch(api.service.url + url, {
        method,
        ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
      });
      const text = await reply.text();
      expect([url, reply.status, text]).toEqual([url, successes[expected], text]);
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
      expect([url, response?.safeParse(JSON.parse(text)).error]).toEqual([url, undefined]);
    }
  });
});
