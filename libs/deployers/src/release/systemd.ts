import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ServiceProblem } from './errors.ts';
import { environmentFile, logFile } from './layout.ts';
import type { ServiceState } from '../deployer.ts';
import type { ProcessManager, WantedService } from './process-manager.ts';

const run = promisify(execFile);
const unitForm = /^[A-Za-z0-9][A-Za-z0-9_.@-]*$/;

/** systemd as the process manager: a transient unit, which survives Backstay but not a restart of the machine. */
export function systemd(root: string, unit: string): ProcessManager {
  if (!unitForm.test(unit)) throw new ServiceProblem(`${JSON.stringify(unit)} cannot be the name of a unit`);
  return {
    async start(service) {
      await stopUnit(unit);
      await command('systemd-run', startArguments(root, unit, service));
    },
    stop: () => stopUnit(unit),
    async state() {
      return stateOf(
        await command('systemctl', [
          'show',
          '--property=ActiveState,SubState,MainPID,NRestarts,Description,WorkingDirectory,Result,ExecMainStatus',
          unit,
        ]),
      );
    },
  };
}

async function command(program: string, args: readonly string[]): Promise<string> {
  if (!existsSync('/run/systemd/system')) throw new ServiceProblem('this machine does not run systemd');
  try {
    return (await run(program, ['--no-ask-password', ...args], { timeout: 120_000 })).stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new ServiceProblem(`${program}: ${stderr?.trim() || message}`);
  }
}

/** A unit that is not there is stopped. */
async function stopUnit(unit: string): Promise<void> {
  await command('systemctl', ['stop', unit]).catch((error: Error) => {
    if (!/not loaded|not found/i.test(error.message)) throw error;
  });
}

/** Environment values stay in the file: an argument list is readable by everybody. */
export function startArguments(
  root: string,
  unit: string,
  { release, argv, cwd, runAs, want }: WantedService,
): string[] {
  const properties = [
    `EnvironmentFile=-${environmentFile(root, release)}`,
    'Restart=on-failure',
    'RestartSec=1s',
    'KillMode=control-group',
    `StandardOutput=append:${logFile(root, release)}`,
    `StandardError=append:${logFile(root, release)}`,
    ...(runAs ? [`User=${runAs.uid}`, `Group=${runAs.gid}`, 'UMask=0077', 'CapabilityBoundingSet='] : []),
  ];
  const given = properties.map((property) => `--property=${property}`);
  return [
    `--unit=${unit}`,
    '--collect',
    `--description=${want}`,
    `--working-directory=${cwd}`,
    ...given,
    '--',
    ...argv,
  ];
}

/** Reads the reply of `systemctl show`. */
export function stateOf(shown: string): ServiceState {
  const values = new Map(
    shown.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const active = values.get('ActiveState');
  const pid = Number(values.get('MainPID') ?? 0);
  const status = active === 'active' ? 'running' : active === 'activating' ? 'restarting' : 'stopped';
  const result = values.get('Result') ?? 'success';
  return {
    status,
    pid: pid === 0 ? null : pid,
    release: status === 'stopped' ? null : basename(values.get('WorkingDirectory') ?? '') || null,
    want: status === 'stopped' ? null : (values.get('Description') ?? null),
    restarts: Number(values.get('NRestarts') ?? 0),
    problem: result === 'success' ? null : problemOf(result, values.get('ExecMainStatus')),
  };
}

const problemOf = (result: string, status = ''): string =>
  result === 'exit-code' && status !== '' ? `it ended with exit code ${status}` : result;
