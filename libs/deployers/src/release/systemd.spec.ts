import { describe, expect, it } from 'vitest';
import { startArguments, stateOf, systemd } from './systemd.ts';

describe('a service under systemd', () => {
  it('is a transient unit whose environment is read from the file, not from arguments', () => {
    const service = {
      root: '/srv/orders',
      token: 1,
      release: '1-a',
      argv: ['node', 'server.mjs'],
      cwd: '/srv/orders/releases/1-a',
      environment: { TOKEN: 's3cr3t' },
      want: 'digest',
    };
    const given = startArguments('/srv/orders', 'orders', service);
    expect(given).toContain('--property=EnvironmentFile=-/srv/orders/config/1-a.env');
    expect(given.slice(-3)).toEqual(['--', 'node', 'server.mjs']);
    expect(given.join(' ')).not.toContain('s3cr3t');
  });

  it('runs as the user that is named, with none of its capabilities', () => {
    const runAs = { name: 'deploy', uid: 1001, gid: 1002, home: '/home/deploy', shell: '/bin/sh' };
    const service = {
      root: '/srv/orders',
      token: 1,
      release: '1-a',
      argv: ['node'],
      cwd: '/',
      environment: {},
      want: 'd',
    };
    const properties = ['User=1001', 'Group=1002', 'UMask=0077', 'CapabilityBoundingSet='];
    const given = (more = {}) => startArguments('/srv/orders', 'orders', { ...service, ...more });
    expect(given({ runAs })).toEqual(expect.arrayContaining(properties.map((each) => `--property=${each}`)));
    expect(given().join(' ')).not.toMatch(/User=|UMask=/);
  });

  it('is described by what the manager shows', () => {
    const shown =
      'ActiveState=active\nSubState=running\nMainPID=4711\nNRestarts=2\nDescription=digest\nWorkingDirectory=/srv/orders/releases/1-a\nResult=success\n';
    expect(stateOf(shown)).toEqual({
      status: 'running',
      pid: 4711,
      release: '1-a',
      want: 'digest',
      restarts: 2,
      problem: null,
    });
    expect(stateOf('ActiveState=failed\nMainPID=0\nResult=exit-code\n')).toMatchObject({
      status: 'stopped',
      pid: null,
      problem: 'exit-code',
    });
  });

  it('reports how it ended and how often while it waits to be tried again', () => {
    const shown = 'ActiveState=activating\nMainPID=0\nNRestarts=3\nDescription=d\nResult=exit-code\nExecMainStatus=1\n';
    expect(stateOf(shown)).toEqual({
      status: 'restarting',
      pid: null,
      release: null,
      want: 'd',
      restarts: 3,
      problem: 'it ended with exit code 1',
    });
  });

  it('has a unit that is not an option', () =>
    expect(() => systemd('/srv/orders', '--now')).toThrow('cannot be the name of a unit'));
});
