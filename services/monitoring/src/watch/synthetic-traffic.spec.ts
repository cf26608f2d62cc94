import { describe, expect, it } from 'vitest';
import type { SmokeTest } from '@backstay/document';
import type { DeploymentIo } from '@backstay/steps';
import { planOf } from '../plan.test-support.ts';
import { SyntheticLoad } from './synthetic-traffic.ts';

const flow = (number: number, path: string): SmokeTest => ({
  number,
  title: `Flow ${number}`,
  request: { method: 'GET', path },
  expect: [],
  captures: {},
  timeoutMs: 1_000,
  onFailure: 'rollback',
  source: { line: 60 + number },
});

describe('traffic from smoke tests', () => {
  it('counts the requests that the service counts: none of another host', async () => {
    const sent: string[] = [];
    const smokeTests = [flow(1, '/own'), flow(2, 'http://cdn/flow')];
    const plan = planOf({ syntheticTraffic: { flows: [1, 2] } }, { baseUrl: 'http://app', smokeTests });
    let enough = (): void => {};
    const sentEnough = new Promise<void>((resolve) => (enough = resolve));
    const fetch = async (url: string) => {
      sent.push(new URL(url).host);
      if (sent.length > 20) enough();
      return { status: 200, statusText: 'OK', headers: {}, body: '', latencyMs: 1 };
    };
    const io = {
      deployment: { id: 'd-1', plan },
      io: { fetch, explain: String },
      lookup: () => undefined,
      environment: { redactorFor: () => (text: string) => text, open: [] },
    } as unknown as DeploymentIo;
    const load = new SyntheticLoad(io, AbortSignal.timeout(60_000));
    load.start(1);
    await sentEnough;
    await load.stop();
    const own = sent.filter((host) => host === 'app').length;
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan(sent.length);
    expect(load.take().traffic).toEqual({ requests: own, failed: 0 });
  });
});
