import { afterEach, expect, it } from 'vitest';
import { runCommand } from '@backstay/hosts';
import { idleSupervisorsOf, isRunning, workbench } from '@backstay/hosts/testing';
import { eventually } from '@backstay/local-platform/testing';
import { IdleSupervisors } from './idle-supervisors.ts';

const bench = workbench();
afterEach(() => bench.remove());

it('as many supervisors wait as the service is set to keep, and none when it has ended', async () => {
  const others = idleSupervisorsOf(process.pid);
  const ours = () => idleSupervisorsOf(process.pid).filter((pid) => !others.includes(pid));
  const supervisors = new IdleSupervisors({ settings: { BACKSTAY_IDLE_SUPERVISORS: 1 } });
  supervisors.onApplicationBootstrap();
  await runCommand(bench.request('true'));
  const waiting = await eventually(() => (ours().length > 0 ? ours() : null), 'one that waits');
  expect(waiting).toHaveLength(1);
  supervisors.onApplicationShutdown();
  await eventually(() => !waiting.some(isRunning), 'its end');
  expect(ours()).toEqual([]);
});
