import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Action, Step } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import { currentWeights, haproxy, putBackWeights } from '@backstay/traffic';
import { findTestHaproxy, TestHaproxy } from '@backstay/local-platform/testing';
import { planOf, recordOf, run, step, world } from './execution.test-support.ts';

const program = await findTestHaproxy();
const before = { old: 100, new: 0 };

(program === null ? describe.skip : describe)('a step that moves traffic', () => {
  const here = world();
  let proxy: TestHaproxy;

  beforeAll(async () => {
    const broken = (server: string) => `backend broken\n  server old ${server}\n  server new ${server} disabled`;
    proxy = await TestHaproxy.withOldAndNew(program!, broken);
  });
  beforeEach(() => putBackWeights(api(), 'orders', before));

  const api = () => haproxy(proxy.places.socket, { network: guardedIo({ allow: [], environmentVariables: [] }) });
  const weights = () => currentWeights(api(), 'orders');
  const move = (id: string, share: number, more: Partial<Step> & { to?: Partial<Action> } = {}) => {
    const { to, ...changes } = more;
    const socket = proxy.places.socket;
    const action = {
      kind: 'traffic',
      share,
      target: 'new',
      proxy: 'haproxy',
      socket,
      backend: 'orders',
      ...to,
    } as Action;
    return step(id, action, { undo: { kind: 'weights' }, ...changes });
  };
  const ended = ({ status }: { status: string }) => !['planning', 'executing'].includes(status);

  it('does it, and records what was before and what is now', async () => {
    const id = await here.planned(planOf([move('deploy.1', 0.1), move('deploy.2', 1)]));
    await here.start();
    const state = await here.until(id, ended);
    expect(state.status).toBe('verifying');
    expect(await here.event(id, 'RollbackPointCaptured')).toMatchObject({
      weights: [{ socket: proxy.places.socket, backend: 'orders', weights: before, problem: null }],
    });
    expect(recordOf(state, 'deploy.1')?.result).toMatchObject({
      share: 0.1,
      earlier: before,
      weights: { old: 9, new: 1 },
    });
    expect(recordOf(state, 'deploy.2')?.result).toMatchObject({
      share: 1,
      earlier: { old: 9, new: 1 },
      weights: { old: 0, new: 1 },
    });
    expect(await weights()).toEqual({ old: 0, new: 1 });
  });

  it('is taken up again after a crash, and still knows what was before it', async () => {
    const id = await here.planned(planOf([move('deploy.1', 0.5)]));
    const point = { target: null, configurationDigest: null, schemaVersion: null, backupStep: null };
    const recorded = { socket: proxy.places.socket, backend: 'orders', weights: before, problem: null };
    await here.send(id, { type: 'CaptureRollbackPoint', point: { ...point, weights: [recorded] } });
    await here.begin(id, 'deploy.1');
    await putBackWeights(api(), 'orders', { old: 1, new: 1 });
    await here.start();
    const state = await here.until(id, ended);
    expect(recordOf(state, 'deploy.1')?.result).toMatchObject({ earlier: before, weights: { old: 1, new: 1 } });
  });

  it('waits for what it waits for, within the time that is expected, and only where it is asked for', async () => {
    const command = (text: string) => ({ text, argv: ['sh', '-c', text] });
    const id = await here.planned(
      planOf([
        move('deploy.1', 1, { onlyIn: ['production'] }),
        move('deploy.2', 0.2, {
          expected: [{ kind: 'within', ms: 20_000 }],
          waitUntil: { command: command('test -e waited || ! touch waited'), withinMs: 10_000 },
        }),
        move('deploy.3', 0.4, { expected: [{ kind: 'within', ms: 0 }], retry: { times: 1, everyMs: 10 } }),
      ]),
    );
    await here.start();
    const state = await here.until(id, ended);
    expect(recordOf(state, 'deploy.1')?.status).toBe('skipped');
    expect(recordOf(state, 'deploy.2')?.status).toBe('succeeded');
    expect(recordOf(state, 'deploy.3')).toMatchObject({
      status: 'failed',
      attempt: 2,
      result: { weights: { old: 3, new: 2 } },
    });
    expect(state).toMatchObject({ status: 'halted', reason: expect.stringContaining('expected within 0') });
  });

  it.each<[string, Partial<Action>, RegExp]>([
    ['a server that does not serve', { backend: 'broken' }, /the server new does not serve: MAINT/],
    [
      'a backend that is not there',
      { backend: 'nowhere' },
      /nothing was changed: .* is not known \(there is no backend nowhere\)/,
    ],
    ['a proxy that is not there', { socket: '/nowhere.sock' }, /nothing was changed: .*there is no such socket/],
    ['a server that is not there', { target: 'newer' }, /no server newer/],
    ['a proxy that is not allowed', { socket: '10.255.0.1:9999' }, /not in the allow-list/],
  ])('fails for %s, and leaves everything as it is', async (_what, to, reason) => {
    const id = await here.planned(planOf([move('deploy.1', 0.1, { to })]));
    await here.start();
    const state = await here.until(id, ended);
    expect(state).toMatchObject({ reason: expect.stringMatching(reason) });
    expect(await weights()).toEqual(before);
  });

  it('fails where the socket may not change weights', async () => {
    const id = await here.planned(planOf([move('deploy.1', 0.1, { to: { socket: proxy.places.operatorSocket } })]));
    await here.start();
    expect(await here.until(id, ended)).toMatchObject({ reason: expect.stringContaining('Permission denied') });
  });

  it('is looked at before anything is touched', async () => {
    const rollback = { triggers: [], timeoutMs: 60_000, dataLossMs: null };
    const places = [
      {},
      { backend: 'nowhere' },
      { target: 'newer' },
      { socket: proxy.places.operatorSocket },
      { socket: '/nowhere.sock' },
    ];
    const steps = [run('pre.1', 'true'), ...places.map((to, index) => move(`deploy.${index + 1}`, 0.1, { to }))];
    const plan = planOf(
      [...steps, move('deploy.9', 0.1, { to: { socket: '/elsewhere.sock' }, onlyIn: ['production'] })],
      {
        rollback: { ...rollback, steps: [move('rollback.1', 0, { to: { backend: 'gone' }, undo: undefined })] },
      },
    );
    const id = await here.claimed(plan);
    await here.start();
    await here.until(id, (state) => state.status === 'planning' && state.reports.execution !== undefined);
    const { findings } = await here.event(id, 'PreflightReported');
    expect(findings.filter(({ code }) => code === 'traffic')).toMatchObject([
      { ok: true, subject: 'backend orders', message: 'old weighs 100, new weighs 0', line: 101 },
      { ok: false, blocking: true, message: 'there is no backend nowhere' },
      { ok: false, blocking: true, message: 'the backend has no server newer; it has old, new' },
      { ok: false, blocking: true, message: expect.stringContaining('has level operator') },
      { ok: false, blocking: true, message: '/nowhere.sock: there is no such socket' },
      { ok: false, blocking: true, subject: 'backend gone' },
    ]);
    expect(await weights()).toEqual(before);
  });
});
