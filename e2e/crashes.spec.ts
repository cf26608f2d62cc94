import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { localServer } from '@backstay/guarded-io/testing';
import { eventually } from './support/eventually.ts';
import { services } from './support/platform.ts';
import { Scene } from './support/scene.ts';

// The machine may be busy with anything else; what a journey waits for, it names.
describe('crashes in mid-work', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(() => scene.close());

  const stands = (record: readonly string[], what: string) =>
    record
      .filter((line) => line.startsWith(`begin ${what} `) || line.startsWith(`end ${what} `))
      .map((line) => line.split(' ')[0]);

  it.each(['reattachable', 'keyed'])('kill -9 of execution leaves a %s step standing exactly once', async (effect) => {
    const subject = await scene.subject(`killed-${effect}`);
    const id = await scene.deploy(subject, '1.0.0', {
      extra: [`Labour\n   - Run: \`node note.mjs labour 3000\`\n   - Effect: ${effect}`],
      watch: 'Watch for 1s, every 500ms',
    });
    await eventually(() => subject.record().some((line) => line.startsWith('begin labour')), 'it labours');
    await scene.platform.kill('execution');
    scene.platform.run('execution');
    await scene.api.until(id, ['succeeded']);
    expect(stands(subject.record(), 'labour')).toEqual(['begin', 'end']);
  });

  it('goes on watching after kill -9 of monitoring, and still rolls back', async () => {
    const subject = await scene.subject('killed-monitoring');
    await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
    const id = await scene.deploy(subject, '1.1.0', { watch: 'Watch for 90s, every 500ms' });
    await scene.event(id, 'WatchStarted');
    await scene.platform.kill('monitoring');
    subject.breakVersion('1.1.0', { failEvery: 4 });
    scene.platform.run('monitoring');
    expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
    expect(await subject.servedVersion()).toBe('1.0.0');
  });

  it('never rolls back by error rate while monitoring is stopped', async () => {
    const subject = await scene.subject('unwatched');
    await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
    const id = await scene.deploy(subject, '1.1.0', { watch: 'Watch for 2s, every 500ms' });
    await scene.api.until(id, ['monitoring']);
    await scene.platform.kill('monitoring');
    subject.breakVersion('1.1.0', { failEvery: 2 });
    // Another whole deployment passes meanwhile as far as it can without monitoring: time enough, without a clock.
    const other = await scene.subject('beside-unwatched');
    const early = await scene.deploy(other, '1.0.0', {
      pre: ['Fail\n   - Run: `node --eval process.exit(1)`\n   - Mutates: no'],
    });
    await scene.event(early, 'PreflightRequested');
    expect(await scene.api.types(id)).not.toContain('RollbackTriggered');
    expect(await scene.api.status(id)).toMatchObject({ status: 'monitoring' });
    scene.platform.run('monitoring');
    expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
  });

  it('goes on with an undo after kill -9 of rollback: it stands exactly once', async () => {
    const subject = await scene.subject('killed-rollback');
    await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
    const extra = [
      'Touch the world\n   - Run: `node note.mjs touch`\n   - Undo: `node note.mjs untouch 3000`',
      'Stumble\n   - Run: `node --eval process.exit(7)`',
    ];
    const id = await scene.deploy(subject, '1.1.0', { extra });
    await eventually(() => subject.record().some((line) => line.startsWith('begin untouch')), 'it is undone');
    await scene.platform.kill('rollback');
    scene.platform.run('rollback');
    expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
    expect(stands(subject.record(), 'untouch')).toEqual(['begin', 'end']);
    expect(await subject.servedVersion()).toBe('1.0.0');
  });

  it('sends a notice again, marked, after kill -9 of execution between sending and recording it', async () => {
    const received: { id: string; possiblyRepeated?: boolean }[] = [];
    const hook = await localServer({
      'POST /pager': ({ body }, response) => {
        received.push(JSON.parse(body) as (typeof received)[number]);
        // Nobody hears that the first one arrived.
        if (received.length > 1) response.end('ok');
      },
    });
    onTestFinished(hook.close);
    const onCall = `webhook ${hook.url}/pager`;
    const subject = await scene.subject('killed-notice', { at: async () => ({ onCall }) });
    const id = await scene.deploy(subject, '1.0.0', {
      extra: ['Stumble\n   - Run: `node --eval process.exit(7)`\n   - Failure: Stop'],
    });
    await eventually(() => received.length > 0, 'on-call is notified');
    await scene.platform.kill('execution');
    scene.platform.run('execution');
    expect(await scene.event(id, 'NoticeDelivered')).toMatchObject({ channel: 'on-call', possiblyRepeated: true });
    expect(received).toMatchObject([{}, { possiblyRepeated: true }]);
    expect(received[0]).not.toHaveProperty('possiblyRepeated');
    expect(received[1]?.id).toBe(received[0]?.id);
  });

  it('ends as it would have when every service is killed at once and started again', async () => {
    const subject = await scene.subject('killed-all');
    const id = await scene.deploy(subject, '1.0.0', {
      extra: ['Persist\n   - Run: `node note.mjs persist 2000`'],
      watch: 'Watch for 1s, every 500ms',
    });
    await eventually(() => subject.record().some((line) => line.startsWith('begin persist')), 'it persists');
    await Promise.all(services.map((name) => scene.platform.kill(name)));
    for (const name of services) scene.platform.run(name);
    await eventually(() => scene.api.isReady(), 'the API is ready again');
    await scene.api.until(id, ['succeeded']);
    expect(stands(subject.record(), 'persist')).toEqual(['begin', 'end']);
  });

  it('leaves a running command alone when execution drains, and takes it up again', async () => {
    const subject = await scene.subject('drained');
    const id = await scene.deploy(subject, '1.0.0', {
      extra: ['Linger\n   - Run: `node note.mjs linger 3000`'],
      watch: 'Watch for 1s, every 500ms',
    });
    await eventually(() => subject.record().some((line) => line.startsWith('begin linger')), 'it lingers');
    await scene.platform.kill('execution', 'SIGTERM');
    scene.platform.run('execution');
    await scene.api.until(id, ['succeeded']);
    expect(stands(subject.record(), 'linger')).toEqual(['begin', 'end']);
  });

  it('loses nothing when nats-server dies and its store is deleted', async () => {
    const subject = await scene.subject('amnesia');
    const id = await scene.deploy(subject, '1.0.0', {
      extra: ['Carry on\n   - Run: `node note.mjs carry 2000`'],
      watch: 'Watch for 1s, every 500ms',
    });
    await eventually(() => subject.record().some((line) => line.startsWith('begin carry')), 'it carries on');
    await scene.platform.nats.restart({ wipe: true });
    await scene.api.until(id, ['succeeded']);
    expect(stands(subject.record(), 'carry')).toEqual(['begin', 'end']);
    await scene.deployed(subject, '1.1.0', { watch: 'Watch for 1s, every 500ms' });
  });
});
