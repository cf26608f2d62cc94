import { describe, expect, it } from 'vitest';
import { size, specificationOf } from '@backstay/event-sourcing/testing';
import { environmentAggregate } from '../aggregates.ts';
import { environment } from './environment.ts';
import { nextOfEnvironment } from './next.ts';
import type { EnvironmentCommand } from './commands.ts';
import type { EnvironmentEvent } from './events.ts';
import type { EnvironmentState } from './state.ts';
import { at, histories, minutes, passingChecks } from '../testing/index.ts';

const { given } = specificationOf(environment);
const now = at(0);
const good = histories.earlier;
const newer = { ...good, version: '1.1.0', deployment: 'd-1' };

const claim = (deployment: string): EnvironmentCommand => ({ type: 'ClaimEnvironment', deployment, at: now });
const withdraw = (deployment: string): EnvironmentCommand => ({ type: 'WithdrawClaim', deployment, at: now });
const settle = (
  deployment: string,
  changes: Partial<Extract<EnvironmentCommand, { type: 'SettleEnvironment' }>> = {},
): EnvironmentCommand => ({
  type: 'SettleEnvironment',
  deployment,
  outcome: 'succeeded',
  running: newer,
  verifiedGood: newer,
  quarantined: null,
  at: now,
  ...changes,
});
const adopt: EnvironmentCommand = {
  type: 'RequestAdoption',
  version: '1.0.0',
  by: 'operator',
  reason: 'it already runs',
  at: now,
};
const adopted = (
  changes: Partial<Extract<EnvironmentCommand, { type: 'CompleteAdoption' }>> = {},
): EnvironmentCommand => ({
  type: 'CompleteAdoption',
  version: '1.0.0',
  running: good,
  checks: passingChecks(),
  reasons: [],
  at: now,
  ...changes,
});
const lift: EnvironmentCommand = {
  type: 'LiftQuarantine',
  version: '1.1.0',
  by: 'operator',
  reason: 'it was the network',
  at: now,
};

const decided = (...commands: readonly EnvironmentCommand[]): readonly EnvironmentEvent[] =>
  commands.reduce<readonly EnvironmentEvent[]>(
    (events, command) => [...events, ...environment.decide(command, given(...events).state)],
    [],
  );

const append =
  (before: readonly EnvironmentEvent[]) =>
  (events: readonly EnvironmentEvent[], command: EnvironmentCommand): readonly EnvironmentEvent[] => [
    ...events,
    ...environment.decide(command, given(...before, ...events).state),
  ];

describe('the state that is kept in snapshots', () => {
  /** The names of what it holds with their types; of a list, the first. */
  function formOf(value: unknown): unknown {
    if (Array.isArray(value)) return value.slice(0, 1).map(formOf);
    if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, formOf(each)]));
  }

  const release = { version: 'string', commit: 'string', release: 'string', deployment: 'string' };
  const form = {
    holder: 'string',
    activeSince: 'string',
    queue: ['string'],
    positions: { 'd-3': 'string' },
    running: release,
    verifiedGood: release,
    good: [release],
    uncertain: 'string',
    quarantined: [{ version: 'string', why: 'string' }],
    adoption: { version: 'string', by: 'string', reason: 'string', at: 'string' },
    settled: ['string'],
  } satisfies Record<keyof EnvironmentState, unknown>;

  it('has this form under this name: raise the name in aggregates.ts with every change of the form', () => {
    const bad = { version: '1.0.9', why: 'it failed' };
    const { state } = given(
      ...decided(claim('d-1'), settle('d-1', { outcome: 'halted', quarantined: bad }), adopt, claim('d-2'), {
        type: 'ClaimEnvironment',
        deployment: 'd-3',
        position: '0001',
        at: now,
      }),
    );
    const name = environmentAggregate.snapshots?.shape;
    expect({ name, form: formOf(state) }).toEqual({ name: 'environment-6', form });
  });
});

describe('a claim', () => {
  it('is granted to the first, once', () => {
    given()
      .when(claim('d-1'))
      .then({ type: 'EnvironmentClaimed', data: { deployment: 'd-1', at: now } });
    given(...decided(claim('d-1')))
      .when(claim('d-1'))
      .thenNothing();
  });

  it('of a second is queued behind the holder, once, and named', () => {
    given(...decided(claim('d-1')))
      .when(claim('d-2'))
      .then({ type: 'EnvironmentClaimQueued', data: { deployment: 'd-2', behind: 'd-1', at: now } });
    given(...decided(claim('d-1'), claim('d-2')))
      .when(claim('d-2'))
      .thenNothing();
  });

  it('is served in the order of the queue', () => {
    const free = decided(claim('d-1'), claim('d-2'), claim('d-3'), settle('d-1'));
    given(...free)
      .when(claim('d-3'))
      .thenNothing();
    given(...free)
      .when(claim('d-4'))
      .then({ type: 'EnvironmentClaimQueued', data: { deployment: 'd-4', behind: 'd-2', at: now } });
    given(...free)
      .when(claim('d-2'))
      .thenTypes('EnvironmentClaimed');
    expect(given(...free, ...decided(claim('d-2'))).state).toMatchObject({ holder: 'd-2', queue: ['d-3'] });
  });

  it('of a rollback waits for the holder alone, before everybody else who waits', () => {
    const back: EnvironmentCommand = { type: 'ClaimEnvironment', deployment: 'back', ahead: true, at: now };
    const queued = decided(claim('d-1'), claim('d-2'), back);
    expect(queued.at(-1)?.data).toMatchObject({ deployment: 'back', behind: 'd-1', ahead: true });
    expect(given(...queued).state.queue).toEqual(['back', 'd-2']);
    given(...queued)
      .when(back)
      .thenNothing();
    given(...decided(claim('d-1'), claim('d-2'), settle('d-1')))
      .when(back)
      .thenTypes('EnvironmentClaimed');
    given(...decided(claim('d-1'), claim('d-2'), back, settle('d-1')))
      .when(claim('d-2'))
      .thenNothing();
  });

  it('is withdrawn once, and only from the queue', () => {
    const queued = decided(claim('d-1'), claim('d-2'));
    given(...queued)
      .when(withdraw('d-2'))
      .thenTypes('EnvironmentClaimWithdrawn');
    given(...decided(claim('d-1'), claim('d-2'), withdraw('d-2')))
      .when(withdraw('d-2'))
      .thenNothing();
    given(...queued)
      .when(withdraw('d-1'))
      .thenNothing();
  });

  it('may be made again by who left the queue for a while', () => {
    const left = decided(claim('d-1'), claim('d-2'), {
      type: 'WithdrawClaim',
      deployment: 'd-2',
      mayReturn: true,
      at: now,
    });
    given(...left)
      .when(claim('d-2'))
      .thenTypes('EnvironmentClaimQueued');
    given(...left, ...decided(claim('d-1'), settle('d-1')).slice(1))
      .when(claim('d-2'))
      .thenTypes('EnvironmentClaimed');
  });

  it('of a deployment that has ended here is refused', () => {
    given(...decided(claim('d-1'), settle('d-1')))
      .when(claim('d-1'))
      .thenRejected('already-settled');
    given(...decided(claim('d-1'), claim('d-2'), withdraw('d-2')))
      .when(claim('d-2'))
      .thenRejected('already-settled');
  });
});

describe('the place in the queue', () => {
  const requested = (deployment: string, position: string): EnvironmentCommand => ({
    type: 'ClaimEnvironment',
    deployment,
    position,
    at: now,
  });
  const back: EnvironmentCommand = { type: 'ClaimEnvironment', deployment: 'back', ahead: true, at: now };
  const queueOf = (...commands: readonly EnvironmentCommand[]) => given(...decided(...commands)).state.queue;

  it('is that of the request, whenever it is claimed', () => {
    const queued = decided(claim('d-1'), requested('d-4', '0004'));
    given(...queued)
      .when(requested('d-2', '0002'))
      .then({
        type: 'EnvironmentClaimQueued',
        data: { deployment: 'd-2', behind: 'd-1', position: '0002', before: 'd-4', at: now },
      });
    given(...queued)
      .when(requested('d-5', '0005'))
      .then({
        type: 'EnvironmentClaimQueued',
        data: { deployment: 'd-5', behind: 'd-1', position: '0005', at: now },
      });
    const commands = ['0004', '0002', '0005', '0003'].map((position) => requested(`d-${Number(position)}`, position));
    expect(queueOf(claim('d-1'), ...commands)).toEqual(['d-2', 'd-3', 'd-4', 'd-5']);
  });

  it('is before those who were requested later also when they are first in the queue', () => {
    const free = decided(claim('d-1'), requested('d-3', '0003'), requested('d-5', '0005'), settle('d-1'));
    given(...free)
      .when(requested('d-2', '0002'))
      .thenTypes('EnvironmentClaimed');
    given(...free)
      .when(requested('d-4', '0004'))
      .then({
        type: 'EnvironmentClaimQueued',
        data: { deployment: 'd-4', behind: 'd-3', position: '0004', before: 'd-5', at: now },
      });
  });

  it('is kept, once taken, and taken again by who left for a while', () => {
    const queued = [claim('d-1'), requested('d-2', '0002'), requested('d-3', '0003')];
    given(...decided(...queued))
      .when(requested('d-3', '0003'))
      .thenNothing();
    const left: EnvironmentCommand = { type: 'WithdrawClaim', deployment: 'd-2', mayReturn: true, at: now };
    expect(queueOf(...queued, left, requested('d-2', '0002'))).toEqual(['d-2', 'd-3']);
  });

  it('is never before a rollback, nor before a claim that was recorded without a position', () => {
    expect(queueOf(claim('d-1'), back, requested('d-2', '0002'))).toEqual(['back', 'd-2']);
    expect(queueOf(claim('d-1'), requested('d-4', '0004'), claim('old'), requested('d-2', '0002'))).toEqual([
      'd-4',
      'old',
      'd-2',
    ]);
  });

  it('is found by where the others stand now, not by where they stood as they claimed', () => {
    const before = [claim('d-1'), requested('d-2', '9002'), requested('d-3', '9003')];
    const positions = { 'd-2': '0002', 'd-3': '0003' };
    const claimOf = (deployment: string, position: string): EnvironmentCommand => ({
      type: 'ClaimEnvironment',
      deployment,
      position,
      positions,
      at: now,
    });
    expect(queueOf(...before, claimOf('d-4', '0004'))).toEqual(['d-2', 'd-3', 'd-4']);
    expect(queueOf(...before, claimOf('late', '00025'))).toEqual(['d-2', 'late', 'd-3']);
  });

  it('is known of those who wait alone', () => {
    const commands = [claim('d-1'), requested('d-2', '0002'), requested('d-3', '0003'), withdraw('d-3'), settle('d-1')];
    expect(given(...decided(...commands)).state.positions).toEqual({ 'd-2': '0002' });
    expect(given(...decided(...commands, requested('d-2', '0002'))).state.positions).toEqual({});
  });
});

describe('a settlement', () => {
  it('records what runs now and lets go, once', () => {
    const held = decided(claim('d-1'));
    given(...held)
      .when(settle('d-1'))
      .thenTypes('EnvironmentSettled');
    const settled = decided(claim('d-1'), settle('d-1', { quarantined: { version: '0.9.0', why: 'slow' } }));
    expect(given(...settled).state).toMatchObject({
      holder: null,
      running: newer,
      verifiedGood: newer,
      quarantined: [{ version: '0.9.0', why: 'slow' }],
    });
    given(...settled)
      .when(settle('d-1'))
      .thenNothing();
  });

  it('of an end that changed nothing leaves what runs as it is known here', () => {
    for (const outcome of ['cancelled', 'failed', 'rejected', 'superseded', 'abandoned']) {
      const events = decided(
        claim('d-0'),
        settle('d-0', { running: good, verifiedGood: good }),
        claim('d-1'),
        settle('d-1', { outcome, running: null, verifiedGood: null }),
      );
      expect(given(...events).state).toMatchObject({ holder: null, running: good, verifiedGood: good });
    }
  });

  it('of an end half way leaves what runs uncertain, until a later one or an adoption says what runs', () => {
    const halfWay = (outcome: string, changed?: boolean) =>
      decided(claim('d-1'), settle('d-1', { outcome, ...(changed === undefined ? {} : { changed }) }));
    const uncertainAfter = (events: readonly EnvironmentEvent[]) => given(...events).state.uncertain;
    for (const outcome of ['halted', 'rollback-failed', 'abandoned']) {
      expect(uncertainAfter(halfWay(outcome, true))).toBe('d-1');
      expect(uncertainAfter(halfWay(outcome))).toBe('d-1');
      expect(uncertainAfter(halfWay(outcome, false))).toBeNull();
      expect(uncertainAfter([...halfWay(outcome, true), ...decided(adopt, adopted())])).toBeNull();
    }
    const halted = halfWay('halted', true);
    given(...halted)
      .when(settle('d-1', { outcome: 'halted', changed: true }))
      .thenNothing();
    const then = (outcome: string) => uncertainAfter([...halted, ...decided(claim('d-2'), settle('d-2', { outcome }))]);
    for (const outcome of ['succeeded', 'rolled-back-verified', 'rolled-back-unverified'])
      expect(then(outcome)).toBeNull();
    for (const outcome of ['rejected', 'failed', 'cancelled', 'superseded']) expect(then(outcome)).toBe('d-1');
  });

  it('of a rollback after which nobody knows what runs leaves that uncertain too', () => {
    const unknown = { outcome: 'rolled-back-unverified', running: null, isRunningUnknown: true } as const;
    expect(given(...decided(claim('d-1'), settle('d-1', unknown))).state).toMatchObject({
      running: null,
      uncertain: 'd-1',
    });
    const { isRunningUnknown: _unknown, ...nothing } = unknown;
    expect(given(...decided(claim('d-1'), settle('d-1', nothing))).state).toMatchObject({
      running: null,
      uncertain: null,
    });
  });

  it('of who waits takes it off the queue and refuses a claim that was on its way, once', () => {
    const queued = decided(claim('d-1'), claim('d-2'));
    given(...queued)
      .when(settle('d-2'))
      .thenTypes('EnvironmentClaimWithdrawn');
    const left = decided(claim('d-1'), claim('d-2'), settle('d-2'));
    given(...left)
      .when(settle('d-2'))
      .thenNothing();
    given(...left)
      .when(claim('d-2'))
      .thenRejected('already-settled');
    expect(given(...left).state).toMatchObject({ holder: 'd-1', queue: [] });
  });

  it('of who neither holds it nor waits for it is nothing', () => {
    given().when(settle('d-1')).thenNothing();
    given(...decided(claim('d-2')))
      .when(settle('d-1'))
      .thenNothing();
  });
});

describe('a claim that is held for long', () => {
  const held = given(...decided(claim('d-1'))).state;

  it('is reviewed by planning, for its deployment may have ended without letting go', () => {
    expect(nextOfEnvironment('planning', held, at(minutes(1)))).toEqual({ kind: 'wait', until: at(minutes(15)) });
    expect(nextOfEnvironment('planning', held, at(minutes(15)))).toEqual({
      kind: 'effect',
      effect: { kind: 'review-claim', deployment: 'd-1' },
    });
    expect(nextOfEnvironment('execution', held, at(minutes(15)))).toEqual({ kind: 'idle' });
  });

  it('is not, once it is let go', () => {
    const free = given(...decided(claim('d-1'), settle('d-1'))).state;
    expect(nextOfEnvironment('planning', free, at(minutes(15)))).toEqual({ kind: 'idle' });
  });

  it('is followed by the first in the queue, which is reviewed in the same way', () => {
    const passedOn = given(...decided(claim('d-1'), claim('d-2'), settle('d-1', { at: at(minutes(20)) }))).state;
    expect(nextOfEnvironment('planning', passedOn, at(minutes(21)))).toEqual({ kind: 'wait', until: at(minutes(35)) });
    expect(nextOfEnvironment('planning', passedOn, at(minutes(35)))).toMatchObject({ effect: { deployment: 'd-2' } });
  });
});

describe('an environment that has seen many deployments', () => {
  type Settled = Extract<EnvironmentEvent, { type: 'EnvironmentSettled' }>['data'];
  const deploymentId = (index: number) => `d-${String(index).padStart(6, '0')}`;
  const events = (count: number, changes: (index: number) => Partial<Settled>): readonly EnvironmentEvent[] =>
    Array.from({ length: count }, (_each, index) => index).flatMap((index): EnvironmentEvent[] => {
      const deployment = deploymentId(index);
      const settled = {
        deployment,
        outcome: 'succeeded',
        running: good,
        verifiedGood: good,
        quarantined: null,
        at: now,
      };
      return [
        { type: 'EnvironmentClaimed', data: { deployment, at: now } },
        { type: 'EnvironmentSettled', data: { ...settled, ...changes(index) } },
      ];
    });
  const many = (count: number) => events(count, () => ({}));
  /** A version that reads like a number, later ones like a lower number: their order is that of their quarantine. */
  const version = (index: number) => String(900_000 - index);
  const manyRolledBack = (count: number) =>
    events(count, (index) => ({
      outcome: 'rolled-back-verified',
      quarantined: { version: version(index), why: 'it was slow' },
    }));
  const fold = (events: readonly EnvironmentEvent[]) => events.reduce(environment.evolve, environment.initialState);
  /** How many entries the fold has copied at most: with each event, all that the state holds. */
  const copied = (events: readonly EnvironmentEvent[]): number => {
    let state = environment.initialState;
    let entries = 0;
    for (const event of events) {
      state = environment.evolve(state, event);
      entries += state.settled.length + state.queue.length + state.quarantined.length;
    }
    return entries;
  };

  it('remembers the last hundred, whose late claims it refuses', () => {
    const count = size(20_000, 400);
    const state = fold(many(count));
    expect(state.settled).toHaveLength(100);
    expect(JSON.stringify(state).length).toBe(JSON.stringify(fold(many(100))).length);
    expect(() => environment.decide(claim(deploymentId(count - 100)), state)).toThrow('has ended here');
    expect(environment.decide(claim(deploymentId(count - 101)), state)).toMatchObject([{ type: 'EnvironmentClaimed' }]);
  });

  it('remembers the last thousand that are quarantined, also where a stream of an earlier version lifted none', () => {
    const count = size(17_000, 1_500);
    const state = fold(manyRolledBack(count));
    expect(state.quarantined).toHaveLength(1_000);
    expect(state.quarantined.map((each) => each.version)).toEqual(
      Array.from({ length: 1_000 }, (_each, index) => version(count - 1_000 + index)),
    );
    expect(JSON.stringify(state).length).toBe(JSON.stringify(fold(manyRolledBack(1_000))).length);
  });

  it.each([
    ['succeeded', many],
    ['was rolled back', manyRolledBack],
  ])('is folded with work that grows as the events do, where each %s', (_, history) => {
    // More than the thousand quarantined versions that the state holds at most.
    const part = size(5_000, 1_500);
    const [first, second, third] = [1, 2, 3].map((parts) => copied(history(parts * part)));
    expect(third! - second!).toBeLessThan(1.1 * (second! - first!));
  });

  describe('with a thousand quarantined versions', () => {
    const full = [...manyRolledBack(1_000), ...decided(claim('next'))];
    const settledWith = (quarantined: Settled['quarantined'], running = good) =>
      given(...full).when(settle('next', { outcome: 'rolled-back-verified', running, quarantined }));

    it('lifts the oldest when one more is quarantined, and says so', () => {
      const events = environment.decide(
        settle('next', { quarantined: { version: '2.0.0', why: 'it was slow' } }),
        fold(full),
      );
      expect(events).toMatchObject([
        { type: 'EnvironmentSettled' },
        {
          type: 'QuarantineLifted',
          data: {
            version: version(0),
            by: 'backstay',
            reason: 'more than 1000 versions are quarantined here, and it was quarantined first',
            at: now,
          },
        },
      ]);
      const state = fold([...full, ...events]);
      expect(state.quarantined).toHaveLength(1_000);
      expect(state.quarantined.at(0)).toMatchObject({ version: version(1) });
      expect(state.quarantined.at(-1)).toEqual({ version: '2.0.0', why: 'it was slow' });
    });

    it('lifts none when one of them is quarantined again, nor when one of them is restored', () => {
      settledWith({ version: version(7), why: 'slow again' }).thenTypes('EnvironmentSettled');
      settledWith({ version: '2.0.0', why: 'it was slow' }, { ...good, version: version(3) }).thenTypes(
        'EnvironmentSettled',
      );
      settledWith(null).thenTypes('EnvironmentSettled');
    });

    it('keeps the one longest that was quarantined last', () => {
      const again = environment.decide(
        settle('next', { quarantined: { version: version(0), why: 'slow again' } }),
        fold(full),
      );
      const state = fold([...full, ...again]);
      expect(state.quarantined.at(0)).toMatchObject({ version: version(1) });
      expect(state.quarantined.at(-1)).toEqual({ version: version(0), why: 'slow again' });
    });
  });
});

describe('an adoption', () => {
  it('is asked for once, of what nobody deploys to', () => {
    given().when(adopt).thenTypes('AdoptionRequested');
    given(...decided(adopt))
      .when(adopt)
      .thenNothing();
    given(...decided(claim('d-1')))
      .when(adopt)
      .thenRejected('environment-held');
    expect(nextOfEnvironment('verification', given(...decided(adopt)).state, now)).toEqual({
      kind: 'effect',
      effect: { kind: 'adopt-release' },
    });
    expect(nextOfEnvironment('execution', given(...decided(adopt)).state, now)).toEqual({ kind: 'idle' });
  });

  it('records what runs as verified good when every check passed, once', () => {
    given(...decided(adopt))
      .when(adopted())
      .thenTypes('EnvironmentAdopted');
    const events = decided(adopt, adopted());
    expect(given(...events).state).toMatchObject({ running: good, verifiedGood: good, adoption: null });
    given(...events)
      .when(adopted())
      .thenNothing();
    given().when(adopted()).thenNothing();
  });

  it.each([
    ['a check failed', { checks: passingChecks(false) }],
    ['nothing could be checked', { checks: [] }],
    ['it serves another version', { reasons: ['1.1.0 is served'] }],
    ['nothing is there', { running: null }],
  ])('is refused when %s', (_why, changes) => {
    given(...decided(adopt))
      .when(adopted(changes))
      .thenTypes('AdoptionRefused');
    given(...decided(adopt, adopted(changes)))
      .when(adopted(changes))
      .thenNothing();
  });

  it('of what runs as it is recorded keeps the deployment that put it there', () => {
    const runs = decided(claim('d-0'), settle('d-0', { running: good, verifiedGood: null }));
    const found = { ...good, deployment: null };
    const events = [
      ...runs,
      ...[adopt, adopted({ running: found })].reduce<readonly EnvironmentEvent[]>(append(runs), []),
    ];
    expect(given(...events).state).toMatchObject({ running: good, verifiedGood: good });
    const other = { ...found, release: 'another-release' };
    const changed = [...runs, ...[adopt, adopted({ running: other })].reduce(append(runs), [])];
    expect(given(...changed).state).toMatchObject({ running: other, verifiedGood: other });
  });

  it('that passes lifts the quarantine of its version, in the name of who asked', () => {
    const bad = decided(
      claim('d-1'),
      settle('d-1', {
        outcome: 'rolled-back-verified',
        running: newer,
        quarantined: { version: '1.0.0', why: 'slow' },
      }),
    );
    const asked = [...bad, ...[adopt].reduce(append(bad), [])];
    given(...asked)
      .when(adopted())
      .thenTypes('EnvironmentAdopted', 'QuarantineLifted');
    given(...asked)
      .when(adopted({ checks: passingChecks(false) }))
      .thenTypes('AdoptionRefused');
    const after = [...asked, ...[adopted()].reduce(append(asked), [])];
    expect(after.at(-1)?.data).toMatchObject({ version: '1.0.0', by: 'operator' });
    expect(given(...after).state.quarantined).toEqual([]);
  });

  it('is refused when a deployment has claimed the environment meanwhile', () => {
    given(...decided(adopt, claim('d-1')))
      .when(adopted())
      .thenTypes('AdoptionRefused');
  });
});

describe('releases that were verified good', () => {
  const release = (version: string) => ({ version, commit: null, release: `${version}-a1b2c3`, deployment: version });
  const succeeded = (version: string) => {
    const running = release(version);
    return [claim(version), settle(version, { running, verifiedGood: running })];
  };
  const goodAfter = (...commands: EnvironmentCommand[]) =>
    given(...decided(...commands)).state.good.map(({ version }) => version);

  it('are remembered in the order in which they were last found so, each once', () => {
    expect(goodAfter(...succeeded('2.1.1'), ...succeeded('2.1.0'))).toEqual(['2.1.1', '2.1.0']);
    const back = [claim('again'), settle('again', { running: release('2.1.1'), verifiedGood: release('2.1.1') })];
    expect(goodAfter(...succeeded('2.1.1'), ...succeeded('2.1.0'), ...back)).toEqual(['2.1.0', '2.1.1']);
    expect(goodAfter(adopt, adopted())).toEqual(['1.0.0']);
  });

  it('are neither those that never started nor those in quarantine', () => {
    const first = release('2.1.0');
    const never = (version: string) => [
      claim(version),
      settle(version, { outcome: 'failed', running: release(version), verifiedGood: release(version) }),
    ];
    const bad = { version: '2.2.0', why: 'slow' };
    const quarantined = settle('bad', {
      outcome: 'rolled-back-verified',
      running: first,
      verifiedGood: first,
      quarantined: bad,
    });
    const all = [...succeeded('2.1.0'), ...never('2.2.1'), ...never('2.2.2'), ...succeeded('2.2.0')];
    expect(goodAfter(...all)).toEqual(['2.1.0', '2.2.0']);
    expect(goodAfter(...all, claim('bad'), quarantined)).toEqual(['2.1.0']);
  });

  it('are at most a hundred', () => {
    const many = Array.from({ length: 101 }, (_, index) => succeeded(`1.0.${index}`)).flat();
    expect(goodAfter(...many)).toEqual(Array.from({ length: 100 }, (_, index) => `1.0.${index + 1}`));
  });
});

describe('a quarantine', () => {
  it('never stands on what a verified rollback restored, also where it was taken back itself', () => {
    const quarantined = { version: '1.1.0', why: 'it was asked for' };
    const back = { outcome: 'rolled-back-verified', running: newer, verifiedGood: newer, quarantined };
    expect(given(...decided(claim('d-1'), settle('d-1', back))).state.quarantined).toEqual([]);
    const earlier = decided(
      claim('d-1'),
      settle('d-1', { outcome: 'rolled-back-verified', running: good, quarantined }),
    );
    expect(given(...earlier).state.quarantined).toEqual([quarantined]);
    const later = decided(claim('d-2'), settle('d-2', { ...back, quarantined: null }));
    expect(given(...earlier, ...later).state.quarantined).toEqual([]);
    const unproven = { ...back, outcome: 'rolled-back-unverified' };
    expect(given(...decided(claim('d-1'), settle('d-1', unproven))).state.quarantined).toMatchObject([
      { version: '1.1.0' },
    ]);
  });

  it('is lifted once', () => {
    const events = decided(
      claim('d-1'),
      settle('d-1', { outcome: 'rolled-back-verified', running: good, quarantined: { version: '1.1.0', why: 'slow' } }),
    );
    given(...events)
      .when(lift)
      .thenTypes('QuarantineLifted');
    given().when(lift).thenNothing();
    expect(
      given(...events, {
        type: 'QuarantineLifted',
        data: { version: '1.1.0', by: 'operator', reason: 'it was the network', at: now },
      }).state.quarantined,
    ).toEqual([]);
  });
});
