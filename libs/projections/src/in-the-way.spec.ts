import { environment, type EnvironmentState } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { describe, expect, it } from 'vitest';
import { environmentInTheWay, leftToPreflight } from './in-the-way.ts';
import { examplePlan, previous } from './testing/index.ts';

const monday = '2026-03-02T12:00:00Z';
const against = (state: Partial<EnvironmentState>, plan: Partial<Plan> = {}) =>
  environmentInTheWay(examplePlan(plan), { ...environment.initialState, ...state }, { at: monday });
const scope = (...windows: string[]) => ({ scope: { windows } });

describe('nothing is in the way', () => {
  it('of a first deployment, nor where what runs is verified good and the window is open', () => {
    expect(against({})).toEqual([]);
    expect(against({ running: previous, verifiedGood: previous }, scope('Mon 10:00-14:00 UTC'))).toEqual([]);
  });
});

describe('a request would wait', () => {
  it('for its window, with the time at which it opens', () => {
    const opens = '2026-03-03T09:00:00.000Z';
    expect(against({}, scope('Tue 09:00-10:00 UTC'))).toEqual([
      {
        code: 'outside-window',
        effect: 'held',
        opens,
        message: `it begins only in its window: Tue 09:00-10:00 UTC; it opens next at ${opens}`,
      },
    ]);
  });

  it.each<[Partial<EnvironmentState>, Partial<Plan>, string]>([
    [{ holder: 'd7' }, {}, 'deployment d7 holds orders-api in production'],
    [{ queue: ['d8'] }, {}, 'deployment d8 is first in the queue for orders-api in production'],
    [
      { holder: 'd7', queue: ['d8', 'd9'] },
      {},
      'deployment d7 holds orders-api in production; 2 other deployments queued',
    ],
    [
      { holder: 'd7', queue: ['d8'] },
      { queue: 'latest' },
      'deployment d7 holds orders-api in production; 1 other deployment queued, which this one would supersede',
    ],
  ])('for who was first: %j', (state, plan, message) => {
    expect(against(state, plan)).toEqual([{ code: 'environment-held', effect: 'held', message }]);
  });
});

describe('a request would be rejected', () => {
  it('for a rehearsal where nothing runs that it could go back to, unless somebody is before it', () => {
    const rehearsal = (state: Partial<EnvironmentState>) =>
      environmentInTheWay(examplePlan(), { ...environment.initialState, ...state }, { at: monday, rehearse: true }).map(
        ({ code, effect }) => `${code}: ${effect}`,
      );
    expect(rehearsal({})).toEqual(['rollback-target: rejected']);
    expect(rehearsal({ running: previous, verifiedGood: previous })).toEqual([]);
    expect(rehearsal({ queue: ['d8'] })).toEqual(['environment-held: held']);
  });

  it('for a quarantined version, with why', () => {
    expect(against({ quarantined: [{ version: '1.2.0', why: 'it had errors' }] })).toEqual([
      {
        code: 'quarantined',
        effect: 'rejected',
        message:
          'version 1.2.0 is quarantined in production: it had errors; `backstay lift orders-api 1.2.0 -e production --reason …` lifts it',
      },
    ]);
  });

  it('where nobody knows what runs', () => {
    expect(against({ uncertain: 'd9' })).toMatchObject([{ code: 'unknown-running', effect: 'rejected' }]);
    expect(against({ uncertain: 'd9' })[0]?.message).toContain('deployment d9 ended half way');
  });

  it('where no rollback is possible', () => {
    const unproven = {
      code: 'rollback-target',
      message: '1.1.0 runs and was never verified good here; adopt it first',
    };
    expect(against({ running: previous })).toMatchObject([unproven]);
    expect(against({ running: previous, verifiedGood: { ...previous, release: 'other' } })).toMatchObject([unproven]);
    expect(
      against({ running: previous, verifiedGood: previous, quarantined: [{ version: '1.1.0', why: 'bad' }] }),
    ).toMatchObject([
      {
        code: 'rollback-target',
        message:
          '1.1.0 runs and is quarantined here; `backstay lift orders-api 1.1.0 -e production --reason …` lifts it',
      },
    ]);
  });

  it('and names what the profile allows to override', () => {
    expect(against({ running: previous }, { overridable: ['rollback-target'] })).toMatchObject([{ overridable: true }]);
    expect(against({ running: previous }, { overridable: ['disk'] })[0]).not.toHaveProperty('overridable');
  });
});

describe('what only the preflight can find out', () => {
  it('is named by the phase that asks', () => {
    const secrets = [{ title: 'API', names: ['API_TOKEN'], origin: 'document' as const, source: { line: 9 } }];
    const text = leftToPreflight(examplePlan({ secrets }));
    expect(text.map(({ phase }) => phase)).toEqual(['execution', 'verification', 'monitoring']);
    expect(text[0]?.message).toContain('whether API_TOKEN is provided');
    expect(text[1]?.message).toContain('2 checks');
    expect(text[2]?.message).toContain('1 metric and 1 dashboard');
  });

  it('names the limits that shares of CPU and memory need and the profile does not have', () => {
    const { monitoring } = examplePlan();
    const share = (metric: string) => ({
      ...monitoring.thresholds[0]!,
      metric,
      quantile: undefined,
      unit: 'ratio' as const,
    });
    const thresholds = [share('cpu'), share('memory')];
    const saying = (limits: Plan['monitoring']['limits']) =>
      leftToPreflight(examplePlan({ monitoring: { ...monitoring, thresholds, limits } }))
        .map(({ message }) => /limits\.\w+/.exec(message)?.[0])
        .filter((name) => name !== undefined);
    expect(saying({ cores: null, memoryBytes: null })).toEqual(['limits.cores', 'limits.memory']);
    expect(saying({ cores: 2, memoryBytes: null })).toEqual(['limits.memory']);
    expect(saying({ cores: 2, memoryBytes: 1024 })).toEqual([]);
  });

  it('is little where the plan asks for little', () => {
    const { monitoring } = examplePlan();
    const plan = examplePlan({
      smokeTests: [],
      healthChecks: [],
      monitoring: { ...monitoring, metrics: [], dashboards: [] },
    });
    expect(leftToPreflight(plan).map(({ phase }) => phase)).toEqual(['execution']);
  });
});
