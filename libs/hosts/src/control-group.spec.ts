import { describe, expect, it } from 'vitest';
import { bytesOf, controlGroupLimits, coresOf, groupOf } from './control-group.ts';

const machine = (files: Record<string, string>) => async (path: string) => files[path] ?? null;
const none = { cores: null, memoryBytes: null };

describe('the control group of a process', () => {
  it('limits it by its own files', async () => {
    const read = machine({
      '/proc/4711/cgroup': '0::/system.slice/orders.service\n',
      '/sys/fs/cgroup/system.slice/orders.service/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/system.slice/orders.service/memory.max': '536870912\n',
    });
    expect(await controlGroupLimits(4711, read)).toEqual({ cores: 1.5, memoryBytes: 536_870_912 });
  });

  it('limits it by the groups around it, the narrowest of all', async () => {
    const read = machine({
      '/proc/1/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/a/memory.max': '1024\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
    });
    expect(await controlGroupLimits(1, read)).toEqual({ cores: 0.5, memoryBytes: 1024 });
  });

  it('of a container is the root of what it sees', async () => {
    const read = machine({ '/proc/1/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': '2048\n' });
    expect(await controlGroupLimits(1, read)).toEqual({ cores: null, memoryBytes: 2048 });
  });

  it.each([
    ['nothing can be read', {}],
    ['there are groups of version 1 alone', { '/proc/1/cgroup': '4:memory:/a\n1:cpu:/\n' }],
    ['it is outside of what is seen', { '/proc/1/cgroup': '0::/../b\n', '/sys/fs/cgroup/memory.max': '1\n' }],
  ])('says nothing where %s', async (_, files) => {
    expect(await controlGroupLimits(1, machine(files))).toEqual(none);
  });

  it('is given only in the forms that need it', () => {
    expect(groupOf('9:name=systemd:/x\n0::/y\n')).toBe('/y');
    expect(['max 100000', '0 100000', '1 0', '', 'two'].map(coresOf)).toEqual([null, null, null, null, null]);
    expect(['max', '0', '', '12x', '-1'].map(bytesOf)).toEqual([null, null, null, null, null]);
  });
});
