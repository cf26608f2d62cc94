import { runs } from '@backstay/event-sourcing/testing';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { deployment, type DeploymentCommand } from './deployment.ts';
import type { DeploymentEvent } from './events.ts';
import type { DeploymentState } from './state.ts';
import { decided, examplePlan, foldDeployment, histories } from './testing/index.ts';
import {
  evolveWatch,
  judgeWatch,
  openWatch,
  startWatch,
  type Judgement,
  type Sample,
  type Watch,
} from './monitoring/judgement/index.ts';
import { threshold } from './monitoring/judgement/watching.test-support.ts';

const everyMs = 1_000;
const needed = 20;
const forMs = 4_000;
const { monitoring, rollback } = examplePlan();
const plan = examplePlan({
  monitoring: {
    ...monitoring,
    everyMs,
    watchMs: needed * everyMs,
    minimumSamples: 3,
    metrics: [],
    thresholds: [threshold({ forMs, overMs: 3_000 })],
  },
  rollback: { ...rollback, triggers: [] },
});
const from = Date.parse('2026-01-01T00:02:00.000Z');
const time = (ms: number): string => new Date(from + ms).toISOString();

/** What the platform does between two ticks of a release that is `bad` or not. A crash takes the memory with it, a stall does not. */
type Move =
  | { readonly kind: 'tick'; readonly bad: boolean }
  | { readonly kind: 'crash' | 'stall'; readonly lasts: number };

const ticking = (bad: fc.Arbitrary<boolean>): fc.Arbitrary<Move> => fc.record({ kind: fc.constant('tick'), bad });
const gap: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom('crash', 'stall'),
  lasts: fc.integer({ min: 1, max: 15 }),
});
const movesOf = (bad: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Move[]> =>
  fc.array(fc.oneof({ weight: 8, arbitrary: ticking(bad) }, { weight: 1, arbitrary: gap }), { maxLength: 80 });
const healthy = movesOf(fc.constant(false));
const anyhow = movesOf(fc.boolean());

/** A deployment that is watched, by whichever process lives: the judgement is folded anew from what is recorded. */
class Platform {
  readonly ticks: { readonly at: number; readonly sample: Sample }[] = [];
  readonly events: DeploymentEvent[] = [...decided(histories.verified(plan), this.begin())];
  state: DeploymentState = foldDeployment(this.events);
  #watch: Watch = this.#opened();
  #now = 0;
  /** Since when somebody has watched without a gap. */
  #since = 0;

  begin(): DeploymentCommand {
    const until = time(needed * everyMs);
    return {
      type: 'BeginWatch',
      from: time(0),
      until,
      measurements: 'measurements-d-1',
      token: 1,
      host: 'h',
      at: time(0),
    };
  }

  #opened(): Watch {
    return startWatch(openWatch(plan, null), time(0));
  }

  get ended(): boolean {
    return this.state.status !== 'monitoring';
  }

  move(move: Move): void {
    if (this.ended) return;
    if (move.kind === 'tick') return this.#tick(move.bad);
    this.#now += move.lasts * everyMs;
    if (move.kind === 'crash') this.#watch = this.ticks.reduce((watch, tick) => evolved(watch, tick), this.#opened());
    this.#since = this.#now + everyMs;
  }

  #tick(bad: boolean): void {
    this.#now += everyMs;
    const spanMs = Math.min(3_000, Math.max(everyMs, this.#now - this.#since));
    const sample: Sample = {
      metric: 'error-rate',
      unit: 'ratio',
      windowMs: 3_000,
      spanMs,
      requests: 100,
      time: time(this.#now),
      value: bad ? 0.5 : 0,
      latencyMs: 1,
    };
    const tick = { at: this.#now, sample };
    this.ticks.push(tick);
    this.#watch = evolved(this.#watch, tick);
    const command = commandOf(judgeWatch(this.#watch, time(this.#now)), this.ticks.length, time(this.#now));
    if (command === null) return;
    const decidedNow = deployment.decide(command, this.state);
    this.events.push(...decidedNow);
    this.state = decidedNow.reduce((state, event) => deployment.evolve(state, event), this.state);
  }

  get elapsedMs(): number {
    return this.#now;
  }
}

const evolved = (watch: Watch, { at, sample }: Platform['ticks'][number]): Watch =>
  evolveWatch(watch, { time: time(at), samples: [sample] });

function commandOf({ outcome, decision, ticks }: Judgement, recorded: number, at: string): DeploymentCommand | null {
  const range = { stream: 'measurements-d-1', from: 1, to: recorded, hash: 'h' };
  const metrics = [{ metric: 'error-rate', verdict: 'pass', samples: ticks }];
  if (decision?.decision === 'degraded') {
    const breach = { ...decision, text: 'a limit', line: 142, range };
    return {
      type: 'DetectDegradation',
      trigger: 'a limit',
      kind: 'limit',
      breach,
      shadow: false,
      token: 1,
      at,
    } as never;
  }
  if (outcome === null) return null;
  if (outcome.outcome === 'passed') return { type: 'PassMonitoring', metrics, ticks, range, token: 1, at };
  if (outcome.outcome === 'unwatched') return { type: 'AskUnwatched', reason: outcome.sentence, token: 1, at };
  return {
    type: 'FailMonitoring',
    reason: 'sentence' in outcome ? outcome.sentence : '',
    metrics,
    range,
    token: 1,
    at,
  };
}

function played(moves: readonly Move[]): Platform {
  const platform = new Platform();
  for (const move of moves) platform.move(move);
  return platform;
}

const later = (count: number): Move[] => Array<Move>(count).fill({ kind: 'tick', bad: false });
const typesOf = ({ events }: Platform) => events.map(({ type }) => type);

describe('watched time', () => {
  it('is what the recorded ticks stand for: nothing passes on fewer, wherever the platform crashed or stalled', () => {
    fc.assert(
      fc.property(anyhow, (moves) => {
        const platform = played([...moves, ...later(60)]);
        if (!typesOf(platform).includes('MonitoringPassed')) return;
        expect(platform.ticks.length).toBeGreaterThanOrEqual(needed);
        expect(platform.elapsedMs).toBeGreaterThanOrEqual(needed * everyMs);
      }),
      runs(100),
    );
  });

  it('has gaps that are none of the release: a healthy one passes, or a person is asked, and nothing is taken back', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(healthy, (moves) => {
        const platform = played([...moves, ...later(60)]);
        const types = typesOf(platform);
        expect(types).not.toContain('RollbackTriggered');
        expect(types).not.toContain('MonitoringFailed');
        expect(['succeeded', 'held']).toContain(platform.state.status);
        if (platform.state.status === 'held') expect(platform.state.hold.code).toBe('unwatched');
        seen.add(platform.state.status);
      }),
      runs(100),
    );
    expect([...seen].sort()).toEqual(['held', 'succeeded']);
  });

  it('is extended by a gap by its length, to at most twice the watch in all', () => {
    const lengths = fc.record({
      before: fc.integer({ min: 0, max: needed - 1 }),
      lasts: fc.integer({ min: 3, max: 50 }),
    });
    fc.assert(
      fc.property(lengths, fc.constantFrom('crash' as const, 'stall' as const), ({ before, lasts }, kind) => {
        const platform = played([...later(before), { kind, lasts }, ...later(60)]);
        if (lasts <= needed) {
          expect(platform.state.status).toBe('succeeded');
          expect(platform.elapsedMs).toBe((needed + lasts) * everyMs);
        } else {
          expect(platform.state).toMatchObject({ status: 'held', hold: { code: 'unwatched' } });
          expect(platform.elapsedMs).toBe(Math.max(2 * needed, before + lasts + 1) * everyMs);
        }
      }),
      runs(60),
    );
  });

  it('counts a breach on either side of a gap, and none that only both sides together make', () => {
    const lasting = forMs / everyMs + 1;
    const sides = fc.record({
      before: fc.integer({ min: 0, max: lasting }),
      lasts: fc.integer({ min: 4, max: 12 }),
      after: fc.integer({ min: 0, max: lasting + 2 }),
      kind: fc.constantFrom('crash' as const, 'stall' as const),
    });
    const bad = (count: number): Move[] => Array<Move>(count).fill({ kind: 'tick', bad: true });
    fc.assert(
      fc.property(sides, ({ before, lasts, after, kind }) => {
        const platform = played([...bad(before), { kind, lasts }, ...bad(after), ...later(60)]);
        // The first reading after a gap reaches into it.
        const breaks = before >= lasting || after > lasting;
        expect(typesOf(platform).includes('RollbackTriggered')).toBe(breaks);
      }),
      runs(60),
    );
  });
});
