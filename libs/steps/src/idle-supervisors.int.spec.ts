import { afterEach, expect, it } from 'vitest';
import { runCommand } from '@backstay/hosts';
import { idleSupervisorsOf, isRunning, workbench } from '@backstay/hosts/testing';
import { eventually } from '@backstay/local-platform/testing';
import { idleSupervisors } from './idle-supervisors.ts';

const bench = workbench();
afterEach(() => bench.remove());

it('as many supervisors wait as the service is set to keep, and none when it has ended', async () => {
  const others = idleSupervisorsOf(process.pid);
  const ours = () => idleSupervisorsOf(process.pid).filter((pid) => !others.includes(pid));
  const { useValue } = idleSupervisors({ BACKSTAY_IDLE_SUPERVISORS: 1 });
  await runCommand(bench.request('true'));
  const waiting = await eventually(() => (ours().length > 0 ? ours() : null), 'one that waits');
  expect(waiting).toHaveLength(1);
  useValue.onApplicationShutdown();
  await eventually(() => !waiting.some(isRunning), 'its end');
  expect(ours()).toEqual([]);
});
