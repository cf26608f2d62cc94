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

  it('is described by what the manager shows', () => {
    const shown =
      'ActiveState=active\nSubState=running\nMainPID=4711\nNRestarts=2\nDescription=digest\nResult=success\n';
    expect(stateOf(shown)).toEqual({ status: 'running', pid: 4711, want: 'digest', restarts: 2, problem: null });
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
      want: 'd',
      restarts: 3,
      problem: 'it ended with exit code 1',
    });
  });

  it('has a unit that is not an option', () =>
    expect(() => systemd('/srv/orders', '--now')).toThrow('cannot be the name of a unit'));
});
