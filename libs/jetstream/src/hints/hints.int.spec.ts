import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stopTestParts } from '@backstay/local-platform/testing';
import { eventually, testBus, type TestBus } from '../bus/bus.test-support.ts';
import { hintSubject } from '../bus/subjects.ts';
import { Hints } from './hints.ts';

let test: TestBus;
let hints: Hints;
beforeAll(async () => {
  test = await testBus();
  hints = new Hints({
    nc: test.bus.nc,
    hintsFor: ({ type }) => (type === 'RollbackTriggered' ? ['execution', 'rollback'] : []),
    onFault: test.onFault,
  });
});
afterAll(async () => {
  await test.bus.close();
  await stopTestParts();
});

function heardBy(phase: string) {
  const heard: string[] = [];
  const stop = hints.listen(phase, (stream) => void heard.push(stream));
  return { heard, stop };
}

/** A hint comes behind all that was published before it on the same connection. */
const settle = async (heard: string[]) => {
  hints.publish('execution', 'deployment-last');
  await eventually('the last hint', () => heard.includes('deployment-last'));
};

describe('hints', () => {
  it('tell each phase that hears an event, once for each stream', async () => {
    const { heard, stop } = heardBy('execution');
    const rollback = heardBy('rollback');
    const triggered = { type: 'RollbackTriggered', stream: 'deployment-1' };
    hints.announce([triggered, triggered, { type: 'LogsRead', stream: 'deployment-2' }]);
    hints.publish('execution', 'environment-notes-api.production');
    await settle(heard);
    expect(heard).toEqual(['deployment-1', 'environment-notes-api.production', 'deployment-last']);
    expect(rollback.heard).toEqual(['deployment-1']);
    stop();
    rollback.stop();
  });

  it('reach every replica, for only one of them holds the lease', async () => {
    const replicas = [heardBy('execution'), heardBy('execution')];
    hints.publish('execution', 'deployment-3');
    for (const { heard, stop } of replicas) {
      await eventually('heard', () => heard.includes('deployment-3'));
      stop();
    }
  });

  it.each([
    ['no JSON', 'hello'],
    ['no stream', '{"stream":7}'],
    ['the name of no deployment', '{"stream":"measurements-1"}'],
    ['control characters', '{"stream":"deployment-a\\u0000b"}'],
    ['too much', JSON.stringify({ stream: `deployment-${'x'.repeat(2_000)}` })],
  ])('are passed over when they hold %s', async (_, payload) => {
    const { heard, stop } = heardBy('execution');
    test.bus.nc.publish(hintSubject('execution', 'deployment-forged'), payload);
    await settle(heard);
    expect(heard).toEqual(['deployment-last']);
    stop();
  });

  it('are lost without an error when the connection is closed', async () => {
    const closed = await testBus();
    await closed.bus.close();
    const lost = new Hints({ nc: closed.bus.nc, hintsFor: () => ['planning'], onFault: closed.onFault });
    lost.announce([{ type: 'DeploymentRequested', stream: 'deployment-1' }]);
    expect(closed.faults).toHaveLength(1);
  });
});
