import { describe, expect, it } from 'vitest';
import type { EnvironmentEvent } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { environmentView, type EnvironmentView } from './environment-view.ts';
import * as given from './testing/index.ts';

const key = 'orders.api.production';
const at = given.secondsIn(1);

const recorded = (records: readonly EnvironmentEvent[]): RecordedEvent[] =>
  records.map(({ type, data }, index) => ({
    id: `e${index + 1}`,
    stream: `environment-${key}`,
    version: index + 1,
    type,
    data,
    time: at,
    actor: { kind: 'service', name: 'planning' },
    correlation: key,
    causation: null,
    hash: '',
    cursor: `0-${index + 1}`,
  }));

const folded = (events: readonly RecordedEvent[]): EnvironmentView =>
  events
    .filter((event) => environmentView.keys(event).includes(key))
    .reduce<EnvironmentView | undefined>(
      (view, event) => environmentView.evolve(view, event, key) ?? undefined,
      undefined,
    )!;

const claimed = (deployment: string): EnvironmentEvent => ({ type: 'EnvironmentClaimed', data: { deployment, at } });
const settled = (deployment: string, outcome = 'succeeded'): EnvironmentEvent => {
  const running = { ...given.previous, version: '1.2.0', deployment };
  const quarantined = outcome === 'succeeded' ? null : { version: '1.3.0', why: 'it was rolled back' };
  return { type: 'EnvironmentSettled', data: { deployment, outcome, running, verifiedGood: running, quarantined, at } };
};

describe('an environment', () => {
  it('names who holds it, who queues, and then what runs', () => {
    const queued: EnvironmentEvent = { type: 'EnvironmentClaimQueued', data: { deployment: 'd2', behind: 'd1', at } };
    expect(folded(recorded([claimed('d1'), queued]))).toMatchObject({
      service: 'orders.api',
      environment: 'production',
      holder: 'd1',
      queue: ['d2'],
      running: null,
    });
    expect(folded(recorded([claimed('d1'), queued, settled('d1'), claimed('d2')]))).toMatchObject({
      holder: 'd2',
      queue: [],
      running: { version: '1.2.0' },
      verifiedGood: { version: '1.2.0' },
    });
  });

  it('lists its last five deployments with their versions, newest first', () => {
    const plan = given.examplePlan({ service: 'orders.api' });
    const drafts = given.drafted({ id: 'd1', plan }).events;
    const rest = ['d2', 'd3', 'd4', 'd5', 'd6'].flatMap((id) => [claimed(id), settled(id, 'rolled-back-verified')]);
    expect(folded([...drafts, ...recorded([claimed('d1'), settled('d1')])]).deployments).toEqual([
      { deployment: 'd1', version: '1.2.0', outcome: 'succeeded', claimedAt: at, settledAt: at },
    ]);
    expect(
      folded(recorded([claimed('d1'), settled('d1'), ...rest])).deployments.map(({ deployment }) => deployment),
    ).toEqual(['d6', 'd5', 'd4', 'd3', 'd2']);
  });

  it('distinguishes that nothing runs and that nobody knows what does', () => {
    expect(folded(recorded([claimed('d1')]))).toMatchObject({ running: null, uncertain: null });
    const halted = [claimed('d1'), settled('d1', 'halted')];
    expect(folded(recorded(halted)).uncertain).toBe('d1');
    expect(folded(recorded([...halted, claimed('d2'), settled('d2')])).uncertain).toBeNull();
    const { uncertain: _unknownThen, ...older } = folded(recorded(halted));
    const [next] = recorded([claimed('d2')]);
    expect(environmentView.evolve(older as EnvironmentView, next!, key)).toMatchObject({ uncertain: null });
  });

  it('reports what was put back and could not be verified, until it is found good', () => {
    const back = [claimed('d1'), settled('d1'), claimed('d2'), settled('d2', 'rolled-back-unverified')];
    expect(folded(recorded(back)).unverified).toBe('d2');
    expect(folded(recorded([...back, claimed('d3'), settled('d3', 'cancelled')])).unverified).toBe('d2');
    const adopted: EnvironmentEvent = { type: 'EnvironmentAdopted', data: { running: given.previous, checks: [], at } };
    expect(folded(recorded([...back, adopted])).unverified).toBeNull();
    expect(folded(recorded([...back, claimed('d3'), settled('d3', 'rolled-back-verified')])).unverified).toBeNull();
    expect(folded(recorded([claimed('d1'), settled('d1')])).unverified).toBeNull();
  });

  it('knows what is quarantined until that is lifted', () => {
    const records = [claimed('d1'), settled('d1', 'rolled-back-verified')];
    expect(folded(recorded(records)).quarantined).toEqual([{ version: '1.3.0', why: 'it was rolled back' }]);
    const lifted: EnvironmentEvent = {
      type: 'QuarantineLifted',
      data: { version: '1.3.0', by: 'operator', reason: 'fixed', at },
    };
    expect(folded(recorded([...records, lifted])).quarantined).toEqual([]);
  });

  it('reports an adoption that is asked for, and why the last one was refused', () => {
    const asked: EnvironmentEvent = {
      type: 'AdoptionRequested',
      data: { version: '1.0.0', by: 'operator', reason: 'first', at },
    };
    const refused: EnvironmentEvent = {
      type: 'AdoptionRefused',
      data: { version: '1.0.0', reasons: ['serves 0.9.0'], checks: [], at },
    };
    expect(folded(recorded([asked])).adoption).toMatchObject({ pending: { version: '1.0.0' }, refused: null });
    expect(folded(recorded([asked, refused])).adoption).toEqual({
      pending: null,
      refused: { version: '1.0.0', reasons: ['serves 0.9.0'], at },
    });
    const adopted: EnvironmentEvent = {
      type: 'EnvironmentAdopted',
      data: { running: { ...given.previous, deployment: null }, checks: [], at },
    };
    expect(folded(recorded([asked, refused, asked, adopted]))).toMatchObject({
      adoption: { pending: null, refused: null },
      running: { version: '1.1.0' },
    });
  });
});
