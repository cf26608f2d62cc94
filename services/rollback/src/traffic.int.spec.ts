import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Action, Step } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import { currentWeights, haproxy, putBackWeights } from '@backstay/traffic';
import { findTestHaproxy, TestHaproxy } from '@backstay/local-platform/testing';
import { planOf, recordOf, run, step, world } from './rollback.test-support.ts';

const program = await findTestHaproxy();
const before = { old: 100, new: 0 };

(program === null ? describe.skip : describe)('traffic that was moved', () => {
  const here = world();
  let proxy: TestHaproxy;

  beforeAll(async () => {
    proxy = await TestHaproxy.withOldAndNew(program!);
  });
  beforeEach(() => putBackWeights(api(), 'orders', before));

  const api = () => haproxy(proxy.places.socket, { network: guardedIo({ allow: [], environmentVariables: [] }) });
  const weights = () => currentWeights(api(), 'orders');
  const recorded = () => [{ socket: proxy.places.socket, backend: 'orders', weights: before, problem: null }];
  const move = (id: string, share: number, changes: Partial<Step> = {}) => {
    const socket = proxy.places.socket;
    const action: Action = { kind: 'traffic', share, target: 'new', proxy: 'haproxy', socket, backend: 'orders' };
    return step(id, action, { undo: { kind: 'weights' }, ...changes });
  };
  const ended = ({ status }: { status: string }) => status.startsWith('rolled-back') || status === 'rollback-failed';

  it('goes back, step by step, to the weights that were before', async () => {
    const id = await here.planned(planOf([move('deploy.1', 0.1), move('deploy.2', 1)]), { weights: recorded() });
    await here.perform(id, 'deploy.1', { weights: { old: 9, new: 1 } });
    await here.perform(id, 'deploy.2', { weights: { old: 0, new: 1 } });
    await putBackWeights(api(), 'orders', { old: 0, new: 1 });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(state.status).toBe('rolled-back-unverified');
    expect(recordOf(state, 'rollback.1')?.result).toEqual({ backend: 'orders', weights: { old: 9, new: 1 } });
    expect(recordOf(state, 'rollback.2')?.result).toEqual({ backend: 'orders', weights: before });
    expect(await weights()).toEqual(before);
  });

  it('goes back also where its step was lost in the midst of it', async () => {
    const id = await here.planned(planOf([run('deploy.1', 'true'), move('deploy.2', 0.5)]), { weights: recorded() });
    await here.perform(id, 'deploy.1');
    await here.send(id, {
      type: 'CompleteStep',
      step: 'deploy.2',
      attempt: 1,
      token: 1,
      host: 'here',
      outcome: { status: 'interrupted', reason: 'the process that ran it was lost' },
      at: new Date().toISOString(),
    });
    await putBackWeights(api(), 'orders', { old: 100, new: 100 });
    await here.trigger(id);
    await here.start();
    await here.until(id, ended);
    expect(await weights()).toEqual(before);
  });

  it('stays where the document says that it is not undone', async () => {
    const plan = planOf([move('deploy.1', 1, { undo: { kind: 'none' } })]);
    const id = await here.planned(plan, { weights: recorded() });
    await here.perform(id, 'deploy.1', { weights: { old: 0, new: 1 } });
    await putBackWeights(api(), 'orders', { old: 0, new: 1 });
    await here.trigger(id);
    await here.start();
    await here.until(id, ended);
    expect(await weights()).toEqual({ old: 0, new: 1 });
  });

  it('is moved by a step of the rollback itself', async () => {
    const rollback = { triggers: [], timeoutMs: 60_000, dataLossMs: null };
    const own = move('rollback.1', 0, { undo: undefined });
    const id = await here.planned(planOf([run('deploy.1', 'true')], { rollback: { ...rollback, steps: [own] } }));
    await here.perform(id, 'deploy.1');
    await putBackWeights(api(), 'orders', { old: 0, new: 1 });
    await here.trigger(id);
    await here.start();
    const state = await here.until(id, ended);
    expect(recordOf(state, 'rollback.1')?.result).toMatchObject({ share: 0, weights: before });
    expect(await weights()).toEqual(before);
  });

  it('fails the rollback where its server is gone: a pass would be a lie', async () => {
    const gone = [{ ...recorded()[0]!, weights: { ...before, third: 5 } }];
    const id = await here.planned(planOf([move('deploy.1', 1)]), { weights: gone });
    await here.perform(id, 'deploy.1', { weights: { old: 0, new: 1 } });
    await here.trigger(id);
    await here.start();
    expect(await here.until(id, ended)).toMatchObject({
      status: 'rollback-failed',
      reason: expect.stringContaining('No such server'),
    });
  });
});
