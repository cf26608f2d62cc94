import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  accountEnvironment,
  bootId,
  change,
  hostId,
  inheritedEnvironment,
  isAlive,
  processesMarked,
  type ProcessIdentity,
  readRecord,
  requireProcessGroups,
  send,
  serviceSupervisor,
} from '@backstay/hosts';
import { ServiceProblem } from './errors.ts';
import { serviceFile } from './layout.ts';
import type { ServiceState } from '../deployer.ts';
import type { ProcessManager, WantedService } from './process-manager.ts';

const graceMs = 10_000;
const startWithinMs = 15_000;
const logLimitBytes = 10 * 1024 * 1024;

/** What the supervisor of a service keeps on disk. */
interface ServiceRecord {
  readonly run: string;
  readonly release: string;
  readonly want: string;
  readonly state: 'waiting' | 'running' | 'stopped';
  readonly restarts: number;
  readonly problem: string | null;
  readonly host: string;
  readonly bootId: string;
  readonly supervisor: ProcessIdentity;
  readonly service: ProcessIdentity | null;
}

const stopped: ServiceState = { status: 'stopped', pid: null, release: null, want: null, restarts: 0, problem: null };

/** Backstay's own process manager: one detached supervisor below each root. */
export function supervised(root: string): ProcessManager {
  requireProcessGroups();
  return {
    async start(service) {
      await stopIn(root);
      await startIn(root, service);
    },
    stop: () => stopIn(root),
    async state() {
      const record = recordIn(root);
      return record === null || !isAlive(record.supervisor) ? stopped : stateOf(record);
    },
  };
}

/** The record, when it is of this machine since it was started; processes of an earlier start are gone. */
function recordIn(root: string): ServiceRecord | null {
  const record = readRecord<ServiceRecord>(serviceFile(root));
  if (record === null || record.bootId === bootId()) return record;
  if (record.host === hostId()) return null;
  throw new ServiceProblem(
    `the service below ${root} was started on ${record.host}; when it does not run there any more, remove ${serviceFile(root)}`,
  );
}

function stateOf({ state, service, release, want, restarts, problem }: ServiceRecord): ServiceState {
  const runs = state === 'running' && service !== null && isAlive(service);
  const pid = runs ? service.pid : null;
  return { status: runs ? 'running' : 'restarting', pid, release, want, restarts, problem };
}

/** Ends the supervisor, its service, and services that lost their supervisor. */
async function stopIn(root: string): Promise<void> {
  const record = recordIn(root);
  if (record === null) return;
  if (isAlive(record.supervisor)) send(record.supervisor.pid, 'SIGTERM');
  await gone(root, () => isAlive(record.supervisor), 2 * graceMs);
  if (isAlive(record.supervisor)) send(record.supervisor.pid, 'SIGKILL');
  for (const pid of processesOf(record)) send(pid, 'SIGTERM');
  await gone(root, () => processesOf(record).length > 0, graceMs);
  for (const pid of processesOf(record)) send(pid, 'SIGKILL');
  await gone(root, () => processesOf(record).length > 0, graceMs);
  if (processesOf(record).length > 0) throw new ServiceProblem(`the service below ${root} cannot be ended`);
}

function processesOf({ service, run }: ServiceRecord): number[] {
  const group = service !== null && isAlive(service) ? [-service.pid] : [];
  return [...group, ...processesMarked(`BACKSTAY_SERVICE=${run}`)];
}

async function gone(root: string, remains: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (remains() && performance.now() < deadline) await change(dirname(serviceFile(root)), 50);
}

async function startIn(
  root: string,
  { release, token, argv, cwd, environment, runAs, want }: WantedService,
): Promise<void> {
  if (!existsSync(cwd)) throw new ServiceProblem(`no such directory: ${cwd}`);
  mkdirSync(dirname(serviceFile(root)), { recursive: true });
  const run = randomUUID();
  const child = spawn(process.execPath, ['--max-old-space-size=64', serviceSupervisor, root], {
    cwd: root,
    env: inheritedEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  let ended: string | null = null;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code) => (ended = `it ended with ${code}`));
  child.stdin?.on('error', () => undefined);
  const inherited = inheritedEnvironment();
  const env = { ...(runAs ? accountEnvironment(runAs, inherited) : inherited), ...environment };
  const user = runAs && { uid: runAs.uid, gid: runAs.gid };
  child.stdin?.end(JSON.stringify({ run, release, token, argv, cwd, user, env, want, graceMs, logLimitBytes }));
  await gone(root, () => ended === null && readRecord<ServiceRecord>(serviceFile(root))?.run !== run, startWithinMs);
  child.unref();
  if (readRecord<ServiceRecord>(serviceFile(root))?.run !== run)
    throw new ServiceProblem(`the service's supervisor did not start: ${ended ?? 'no reply'}`);
}
