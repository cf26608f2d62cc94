import { describe, expect, it } from 'vitest';
import { isRunning, judgeWatch, type Reading, type Running } from '@backstay/deployment';
import { examplePlan, exampleStep, exampleTrigger, foldDeployment, histories } from '@backstay/deployment/testing';
import { restored } from './restore.ts';

const limit = { metric: 'error-rate', operator: '>', value: 0.05, unit: 'ratio', forMs: 3_000, overMs: 5_000 } as const;
const deploys = (part: 'place' | 'activate') =>
  exampleStep('deploy.1', { action: { kind: 'deploy', deployer: 'release', parts: [part] } });

function performing(part: 'place' | 'activate'): Running {
  const base = examplePlan({ steps: [deploys(part)] });
  const rollback = { ...base.rollback, triggers: [exampleTrigger({ rule: { kind: 'limit', limit } })] };
  const state = foldDeployment(histories.performing('deploy.1', { ...base, rollback }));
  if (!isRunning(state)) throw new Error(`it is ${state.status}`);
  return state;
}

/** It has begun to make the new version serve. */
const armed = performing('activate');
const begun = Date.parse(armed.steps['deploy.1']!.startedAt);

/** One tick a second, with what it says of the five seconds before it. */
const reading = (second: number, value: number): Reading => {
  const time = new Date(begun + second * 1_000).toISOString();
  const sample = {
    metric: 'error-rate',
    unit: 'ratio' as const,
    windowMs: 5_000,
    spanMs: 5_000,
    time,
    value,
    latencyMs: 1,
    requests: 100,
  };
  return { time, samples: [sample] };
};
const decisionAfter = (seconds: readonly number[], valueAt: (second: number) => number, run = armed) => {
  const watch = restored(
    run,
    seconds.map((second) => reading(second, valueAt(second))),
    null,
  );
  return judgeWatch(watch, new Date(begun + seconds.at(-1)! * 1_000).toISOString()).decision;
};
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('what is judged once a step can change what is served', () => {
  it('is nothing that was measured before', () => {
    const lookedAgain = { ...armed, lookedAgainAt: new Date(begun - 20_000).toISOString() };
    for (const run of [armed, lookedAgain]) expect(decisionAfter(from(-20, -1), () => 0.5, run)).toBeNull();
  });

  it('is no window that reaches back to the time before', () => {
    // The version before failed; the new one heals it, which a window of five seconds shows after five.
    expect(decisionAfter(from(-20, 10), (second) => (second < 5 ? 0.5 : 0))).toBeNull();
  });

  it('is what was measured since', () => {
    expect(decisionAfter(from(-20, 7), () => 0.5)).toBeNull();
    expect(decisionAfter(from(-20, 8), () => 0.5)).toMatchObject({ decision: 'degraded' });
  });
});

describe('what is judged of the version that runs, beside which a step prepares the new one', () => {
  const beside = performing('place');
  const again = { ...beside, lookedAgainAt: new Date(begun).toISOString() };

  it('is all that was measured', () => {
    expect(decisionAfter(from(-20, 0), () => 0.5, beside)).toMatchObject({ decision: 'degraded' });
  });

  it('is what was measured since a person had it looked at again', () => {
    expect(decisionAfter(from(-20, 7), () => 0.5, again)).toBeNull();
    expect(decisionAfter(from(-20, 20), (second) => (second < 5 ? 0.5 : 0), again)).toBeNull();
    expect(decisionAfter(from(-20, 8), () => 0.5, again)).toMatchObject({ decision: 'degraded' });
  });
});
