import { seeds, size } from '@backstay/event-sourcing/testing';
import { describe, expect, it } from 'vitest';
import {
  baselineOf,
  evolveWatch,
  isBaselineSteady,
  judgeWatch,
  measuresOf,
  openWatch,
  startWatch,
  type Judgement,
  type Reading,
} from './index.ts';
import { NoisyService, reading, usualNoise, type Noise } from './noise.test-support.ts';
import { at, judged, trigger } from './watching.test-support.ts';

/** The defaults of a document that says `Performance degradation > 50%` and nothing more. */
const [everySeconds, watchSeconds, baselineSeconds] = [10, 600, 60];
const plan = judged(
  {
    everyMs: everySeconds * 1_000,
    watchMs: watchSeconds * 1_000,
    baselineMs: baselineSeconds * 1_000,
    minimumSamples: 30,
    onNoData: { waitMs: 60_000, then: 'fail' },
    thresholds: [],
    metrics: [],
  },
  [trigger({ kind: 'degradation', ratio: 0.5, beyondMs: 100, forMs: 30_000, overMs: 50_000 })],
);
const { minimumRequests } = plan.monitoring;
const measures = measuresOf(plan);
const longestBaseline = 3;

function baselineFor(service: NoisyService) {
  const readings: Reading[] = [];
  const take = (second: number) => reading(at(second), everySeconds * 1_000, service.serve(everySeconds), measures);
  for (let taken = everySeconds; taken <= longestBaseline * baselineSeconds; taken += everySeconds) {
    readings.push(take(taken - longestBaseline * baselineSeconds));
    if (taken >= baselineSeconds && isBaselineSteady(readings, minimumRequests)) break;
  }
  return baselineOf(readings, minimumRequests);
}

type Ending = 'rolled back' | 'passed' | 'held';

function endingOf({ decision, outcome }: Judgement): Ending | null {
  if (decision?.decision === 'degraded') return 'rolled back';
  if (outcome === null) return null;
  if (outcome.outcome === 'passed') return 'passed';
  expect(outcome).toMatchObject({ outcome: 'failed', undecided: true });
  return 'held';
}

/** A whole watch of a release that is so many times slower at each second, every look included. */
function watchOf(seed: number, noise: Noise, slowerAt: (second: number) => number): Ending {
  const service = new NoisyService(seed, noise);
  let watch = startWatch(openWatch(plan, baselineFor(service)), at(0));
  for (let second = everySeconds; ; second += everySeconds) {
    const latencies = service.serve(everySeconds, slowerAt(second));
    watch = evolveWatch(watch, reading(at(second), everySeconds * 1_000, latencies, measures));
    // Before its end a watch ends by what breaks a rule alone.
    const isBroken = watch.rules.some(({ id }) => watch.ruleStates[id]?.broken != null);
    const ending = isBroken || second >= watchSeconds ? endingOf(judgeWatch(watch, at(second))) : null;
    if (ending !== null) return ending;
  }
}

function endings(
  name: string,
  count: number,
  slowerAt: (second: number) => number,
  noise: Noise = usualNoise,
): Record<Ending, number> {
  const found: Record<Ending, number> = { 'rolled back': 0, passed: 0, held: 0 };
  for (const seed of seeds(count)) found[watchOf(seed, noise, slowerAt)] += 1;
  console.info(`${name}: of ${seeds(count).length} watches`, found);
  return found;
}

describe('a whole watch with default settings, in bursty noise', () => {
  // Of few watches a single one is more than the share that is promised of many.
  const count = size(100_000, 100);
  const most = (share: number) => Math.max(3, seeds(count).length * share);

  it('takes less than 0.1 % of healthy releases back', () => {
    expect(endings('healthy', count, () => 1)['rolled back']).toBeLessThan(most(0.001));
  });

  it('lets less than 1 % of those pass that take twice as long', () => {
    expect(endings('twice as slow', count, () => 2).passed).toBeLessThan(most(0.01));
  });
});
