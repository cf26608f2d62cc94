import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream } from '@backstay/deployment';
import { acceptPlan } from '@backstay/document';
import {
  exampleCriteria,
  examplePlan,
  overridden,
  rolledBackByErrorRate,
  success,
  type Scenario,
} from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

const evil = '<img src=x onerror=alert(1)> ⊢ **met**';
const document = ['# Deployment', `- [x] Executed ${evil}`, '- [x] Approved by nobody', ''].join('\n');
const executed = exampleCriteria.filter(({ text }) => text === 'Deployment executed successfully');
const plan = examplePlan({ acceptanceCriteria: executed.map((each) => ({ ...each, line: 2 })) });
const good: Scenario = success({ id: 'good', document, plan });

/** As planning records what came in JSON. */
const accepted = acceptPlan(JSON.parse(JSON.stringify(examplePlan())), () => '');
if (!accepted.ok) throw new Error(JSON.stringify(accepted.problems));
const inJson = success({ id: 'in-json', plan: accepted.plan, second: 3_000 }).events.map((event) =>
  event.type === 'DeploymentRequested' ? { ...event, data: { ...event.data, request: { plan: {} } } } : event,
);

let api: TestApi;
const get = (path: string, accept?: string) =>
  api.get(`/v1/deployments${path}`, accept === undefined ? {} : { accept });
const markdownOf = async (path: string) => (await get(path, 'text/markdown')).text();

beforeAll(async () => {
  api = await startTestApi();
  await api.record(
    good.events,
    rolledBackByErrorRate({ id: 'bad', second: 1_000 }).events,
    overridden({ id: 'spite', second: 2_000 }).events,
    inJson,
  );
});

afterAll(() => api?.close());

describe('the document of a deployment', () => {
  it('has a verdict with its events for each judged line', async () => {
    const { title, source, verdicts } = (await jsonOf(get('/good/document'))) as unknown as {
      title: string;
      source: string;
      verdicts: { line: number; kind: string; evidence: { eventId: string }[] }[];
    };
    expect(title).toContain('orders-api 1.2.0 to production (deployment good)');
    expect(source).toBe(document);
    const ids = good.events.map(({ id }) => id);
    const criterion = verdicts.find(({ line, kind }) => line === 2 && kind === 'criterion');
    expect(criterion).toMatchObject({ verdict: 'met', evidence: [{ eventId: expect.any(String) }] });
    expect(verdicts.flatMap(({ evidence }) => evidence).every(({ eventId }) => ids.includes(eventId))).toBe(true);
    const kinds = new Set(verdicts.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['check', 'criterion', 'documentation', 'limit', 'step', 'trigger']);
  });

  it('is Markdown for people where that is wanted, and JSON else', async () => {
    const response = await get('/good/document', 'text/markdown, application/json;q=0.5');
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(response.headers.get('vary')).toContain('Accept');
    expect((await get('/good/document')).headers.get('content-type')).toContain('application/json');
    expect((await get('/good/document', 'image/png')).status).toBe(406);
  });

  it('ticks what is proven, and nothing that was ticked manually', async () => {
    const text = await markdownOf('/good/document');
    expect(text).toMatch(/- \[x\] Executed .*\n {2}- ⊢ \*\*met\*\* criterion: .*\n {4}- .* `good-e\d+`/);
    expect(text).toContain('- [ ] Approved by nobody');
  });

  it('obeys no markup of the source, and lets it forge no verdict', async () => {
    const text = await markdownOf('/good/document');
    expect(text).toContain('‹img src=x onerror=alert(1)> - **met**');
    expect(text).not.toContain('<img');
  });

  it('is the printed one where a plan came in JSON, its verdicts beside its lines', async () => {
    const { source, verdicts } = (await jsonOf(get('/in-json/document'))) as unknown as {
      source: string;
      verdicts: { line: number; kind: string; verdict: string }[];
    };
    const lines = source.split('\n');
    const textsOf = (kind: string) => verdicts.filter((each) => each.kind === kind).map(({ line }) => lines[line - 1]);
    expect(textsOf('criterion')).toEqual(accepted.plan.acceptanceCriteria.map(({ text }) => `- [ ] ${text}`));
    expect(textsOf('step')).toEqual(expect.arrayContaining([expect.stringMatching(/^1\. /)]));
    const text = await markdownOf('/in-json/document');
    expect(text).toContain('> The request brought a plan; as a document it reads so.');
    expect(text).toMatch(/^- \[x\] .*\n {2}- ⊢ \*\*met\*\* criterion: /m);
  });

  it('is that of an earlier moment where one is asked for', async () => {
    expect(await markdownOf('/good/document?asOf=2')).toContain('⊢ **waiting** criterion');
    expect(await markdownOf('/good/document?asOf=2')).toContain('- [ ] Executed');
  });

  it('shows in spite of what it was let pass', async () => {
    expect(await markdownOf('/spite/document')).toMatch(
      /^> .*\n>\n> rollback-target \(.*\) was overridden by ci for robin \(claimed\): /,
    );
  });

  it('of what takes another one back is that one, with its own verdicts', async () => {
    const request = { plan, environment: 'production' };
    const origin = { source: 'test', id: 'back', bodyDigest: 'sha256:b' };
    const at = good.now;
    const requested = { id: 'back', kind: 'rollback' as const, of: 'good', origin, request, at };
    const [first] = good.events;
    await api.record([
      {
        ...first!,
        id: 'back-e1',
        stream: deploymentStream('back'),
        version: 1,
        type: 'DeploymentRequested',
        data: requested,
        correlation: 'back',
      },
    ]);
    expect(await jsonOf(get('/back/document'))).toMatchObject({
      source: document,
      note: 'This is the document of deployment good, which this one takes back.',
      verdicts: [],
    });
  });
});

describe('a finding that was overridden', () => {
  const expected = { code: 'rollback-target', by: 'ci for robin (claimed)', reason: '1.1.0 is known to work' };

  it.each([
    ['the deployment', '/spite'],
    ['its criteria', '/spite/acceptance-criteria'],
    ['its document', '/spite/document'],
  ])('is shown with %s', async (_, path) => {
    expect(await jsonOf(get(path))).toMatchObject({ overrides: [expected, { code: 'disk' }] });
  });

  it('is shown in the list, why and the audit trail', async () => {
    const { deployments } = (await jsonOf(get(''))) as unknown as { deployments: { id: string }[] };
    expect(deployments.find(({ id }) => id === 'spite')).toMatchObject({
      overrides: [expected, { code: 'disk' }],
      sentence: expect.stringContaining('in spite of rollback-target, overridden by ci for robin (claimed)'),
    });
    for (const path of ['/spite/why', '/spite/audit-trail'])
      expect(await (await get(path)).text()).toContain('ci for robin (claimed) overrode the finding rollback-target');
  });
});
