import { describe, expect, it } from 'vitest';
import { environmentId, type DeploymentEvent, type EnvironmentCommand } from '@backstay/deployment';
import { at, decided, examplePlan, foldDeployment, histories, minutes } from '@backstay/deployment/testing';
import { InMemoryEventStore, type DomainEvent } from '@backstay/event-sourcing';
import { sealedEvents, testDigest } from '@backstay/event-sourcing/testing';
import { aggregatesOn } from '../aggregates.ts';
import { OwnerStates } from './owner-state.ts';

type SettleEnvironment = Extract<EnvironmentCommand, { readonly type: 'SettleEnvironment' }>;

const plan = examplePlan();
const environment = environmentId(plan.service, plan.environment);
const released: DeploymentEvent = {
  type: 'EnvironmentReleased',
  data: { stream: 'environment-notes.staging', version: 2 },
};
const context = { actor: { kind: 'system', name: 'spec' } as const };

function world() {
  const store = new InMemoryEventStore();
  let ids = 0;
  const aggregates = aggregatesOn({
    store,
    ids: () => `id-${(ids += 1)}`,
    digest: testDigest,
    now: () => at(0),
  });
  const record = (id: string, events: readonly DomainEvent[]) =>
    store.append({
      stream: `deployment-${id}`,
      expectedVersion: 0,
      commandId: id,
      events: sealedEvents(`deployment-${id}`, events),
    });
  /** It is what runs there from now on, and is known to be good, unless its end says otherwise. */
  const run = async (deployment: string, end: Partial<Omit<SettleEnvironment, 'type'>> = {}) => {
    const running = { ...histories.earlier, deployment };
    const good = { outcome: 'succeeded', running, verifiedGood: running };
    const claim = { type: 'ClaimEnvironment', deployment, at: at(0) } as const;
    await aggregates.environments.handle(environment, claim, context);
    const settled = { deployment, quarantined: null, at: at(0), ...good, ...end };
    await aggregates.environments.handle(environment, { type: 'SettleEnvironment', ...settled }, context);
  };
  const of = (id: string) => new OwnerStates(aggregates.repositoryPorts).of(id);
  return { ...aggregates, record, run, of };
}

const ended = [...histories.succeeded(), released];

describe('what is recorded of the owner of a thing', () => {
  it('is unknown where nothing is recorded, and open where this version does not understand what is', async () => {
    const { of, record } = world();
    await record('newer', [...ended, { type: 'FromTheFuture', data: {} }]);
    expect(await of('nobody')).toMatchObject({ status: 'unknown' });
    expect(await of('newer')).toMatchObject({ status: 'open' });
  });

  it('is needed where what runs is not understood: nobody knows to what it would go back', async () => {
    const { of, record, run } = world();
    await record('d-1', ended);
    await record('newer', [...ended, { type: 'FromTheFuture', data: {} }]);
    for (const id of ['d-2', 'd-3']) await run(id);
    expect(await of('d-1')).toMatchObject({ status: 'ended', isRollbackNeeded: false });
    await run('newer');
    expect(await of('d-1')).toMatchObject({ status: 'ended', isRollbackNeeded: true });
  });

  it('is needed as long as it runs, also where it never was verified good', async () => {
    const { of, record, run } = world();
    await record('d-1', ended);
    await run('d-1', { verifiedGood: null });
    expect(await of('d-1')).toMatchObject({ status: 'ended', isRollbackNeeded: true });
  });

  it('is open at every moment before its end, and until its environment has heard of that', async () => {
    const { of, record } = world();
    const { requested, drafted, planned, performing, watching, rollingBack, succeeded } = histories;
    const open = { requested, drafted, planned, watching, rollingBack, succeeded };
    for (const [name, history] of Object.entries(open)) {
      await record(name, history());
      expect([name, (await of(name)).status]).toEqual([name, 'open']);
    }
    await record('performing', performing(plan.steps[0]!.id));
    expect((await of('performing')).status).toBe('open');
  });

  it('is ended, with the time, and needed by no rollback once something else has run since', async () => {
    const { of, record, run } = world();
    await record('d-1', ended);
    await run('d-1');
    expect(await of('d-1')).toMatchObject({ status: 'ended', isRollbackNeeded: true });
    for (const id of ['d-2', 'd-3']) await run(id);
    expect(await of('d-1')).toEqual({
      id: 'd-1',
      status: 'ended',
      endedAt: at(minutes(20)),
      isRollbackNeeded: false,
    });
  });

  it('is needed where what runs, or holds or awaits the environment, would go back to it', async () => {
    const target = histories.earlier.deployment!;
    const { of, record, run, environments } = world();
    await record(target, ended);
    expect(await of(target)).toMatchObject({ isRollbackNeeded: false });
    await record('d-1', ended);
    await run('d-1');
    expect(await of(target)).toMatchObject({ isRollbackNeeded: true });
    for (const id of ['d-2', 'd-3']) await run(id);
    expect(await of(target)).toMatchObject({ isRollbackNeeded: false });
    await record('holder', histories.requested());
    await record('waiting', histories.watching());
    const claim = (deployment: string) =>
      environments.handle(environment, { type: 'ClaimEnvironment', deployment, at: at(0) }, context);
    await claim('holder');
    expect(await of(target)).toMatchObject({ isRollbackNeeded: false });
    await claim('waiting');
    expect(await of(target)).toMatchObject({ isRollbackNeeded: true });
  });

  it('is needed where it is the last that is known to be good, though others have run since', async () => {
    const { of, record, run } = world();
    await record('d-1', ended);
    await run('d-1');
    const verifiedGood = { ...histories.earlier, deployment: 'd-1' };
    for (const id of ['d-2', 'd-3']) await run(id, { verifiedGood });
    expect(await of('d-1')).toMatchObject({ status: 'ended', isRollbackNeeded: true });
  });

  it('is needed where a deployment that is held would go back to it', async () => {
    const target = histories.earlier.deployment!;
    const { of, record, environments } = world();
    await record(target, ended);
    const hold = { code: 'unknown-outcome', why: 'a person looks', duty: null, step: null, winner: null } as const;
    const held = decided(histories.watching(), { type: 'HoldDeployment', ...hold, until: at(minutes(60)), at: at(0) });
    await record('held', held);
    expect(foldDeployment(held).status).toBe('held');
    await environments.handle(environment, { type: 'ClaimEnvironment', deployment: 'held', at: at(0) }, context);
    expect(await of(target)).toMatchObject({ isRollbackNeeded: true });
  });

  it('is needed where a deployment that takes it back, or goes back to it, is under way', async () => {
    const { of, record, environments } = world();
    await record('original', ended);
    await record('before', ended);
    expect(await of('before')).toMatchObject({ isRollbackNeeded: false });
    const inherited = {
      deployment: 'original',
      rollbackPoint: {
        target: { ...histories.earlier, deployment: 'before' },
        configurationDigest: null,
        schemaVersion: null,
        backupStep: null,
      },
      steps: {},
    };
    const taking = histories
      .drafted()
      .map((event) => (event.type === 'PlanDrafted' ? { ...event, data: { ...event.data, inherited } } : event));
    await record('taking', taking);
    await environments.handle(environment, { type: 'ClaimEnvironment', deployment: 'taking', at: at(0) }, context);
    for (const id of ['original', 'before'])
      expect(await of(id)).toMatchObject({ status: 'ended', isRollbackNeeded: true });
  });

  it('is needed where it ended half way: nobody knows what runs', async () => {
    const { of, record, run } = world();
    await record('d-1', ended);
    const nothing = { running: null, verifiedGood: null };
    await run('d-1', { outcome: 'halted', ...nothing });
    await run('d-2', { outcome: 'cancelled', ...nothing });
    expect(await of('d-1')).toMatchObject({ isRollbackNeeded: true });
  });
});
