import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readRecord, SupervisorFailed, syncDirectory, whyNoSwitch, writeDurably } from '@backstay/hosts';
import { configurationDigest, environmentOf } from './configure.ts';
import type { Release, RunningAs } from '../deployer.ts';
import type { ReleaseRoot } from './layout.ts';
import { currentLink, currentRelease, enter, logFile, logsFolder, releaseAt, startFile, treeOf } from './layout.ts';
import { openTo } from './open-to.ts';
import type { ManagerChoice } from './managers.ts';
import type { ServiceState } from '../deployer.ts';
import type { WantedService } from './process-manager.ts';
import { managerFor } from './managers.ts';
import type { Readiness } from '../deployer.ts';
import { untilReady } from './readiness.ts';
import { releaseLog } from './release-log.ts';
import { ServiceProblem } from './errors.ts';

export interface ServiceRoot extends ReleaseRoot {
  /** Backstay's own supervisor by default. */
  readonly manager?: ManagerChoice;
}

export interface StartRequest extends ServiceRoot, RunningAs {
  readonly ready: Readiness;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ActivateRequest extends StartRequest {
  /** The name of a placed release. */
  readonly release: string;
  /** The command that serves it, run in its folder. */
  readonly start: readonly string[];
}

export interface Activated {
  readonly release: Release;
  /** False when it ran already just so. */
  readonly restarted: boolean;
  /** Until it was ready. */
  readonly durationMs: number;
}

/**
 * Switches the `current` link to the release, restarts the service and waits until it is ready. Running it again after a crash
 * at any point ends the same. Throws StaleToken, SupervisorFailed, ReleaseMissing, ServiceProblem, NotReady, or the signal's reason; after any of
 * them the link may name the new release: `switchBack` or `deactivate` undoes it.
 */
export async function activate(request: ActivateRequest): Promise<Activated> {
  const { root, release, start, runAs, signal } = request;
  const refused = runAs && whyNoSwitch(runAs);
  if (refused) throw new SupervisorFailed(`the release cannot run as ${runAs.name}: ${refused}`);
  const began = performance.now();
  enter(request);
  const target = releaseAt(root, release);
  signal?.throwIfAborted();
  mkdirSync(join(root, 'run'), { recursive: true });
  mkdirSync(logsFolder(root), { recursive: true });
  writeDurably(startFile(root, release), JSON.stringify(start), 0o644);
  await pointTo(root, release);
  const log = releaseLog(logFile(root, release));
  const { restarted, earlierRestarts } = await ensureRunning(request);
  await untilReady({ ...request, manager: managerFor(root, request.manager), log, earlierRestarts });
  return { release: target, restarted, durationMs: Math.round(performance.now() - began) };
}

/** One rename: there is no moment without a current release. */
export async function pointTo(root: string, release: string): Promise<void> {
  for (const left of readdirSync(root).filter((name) => /^current\..*\.draft$/.test(name))) await rm(join(root, left));
  if ((await currentRelease(root).catch(() => null))?.name === release) return;
  const draft = `${currentLink(root)}.${randomUUID()}.draft`;
  await symlink(join('releases', release), draft);
  await rename(draft, currentLink(root));
  syncDirectory(root);
}

function wantedService({ root, token, release, start, runAs }: ActivateRequest): WantedService {
  const cwd = treeOf(root, release);
  const environment = environmentOf(root, release);
  const configuration = configurationDigest({ root, release });
  const want = createHash('sha256')
    .update(JSON.stringify([release, start, configuration, ...(runAs ? [runAs.uid, runAs.gid] : [])]))
    .digest('hex');
  return { root, token, release, argv: start, cwd, environment, runAs, want };
}

/** Restarts the service unless it runs already just as it should. */
async function ensureRunning(request: ActivateRequest): Promise<{ restarted: boolean; earlierRestarts: number }> {
  const manager = managerFor(request.root, request.manager);
  const service = wantedService(request);
  const present = await manager.state();
  if (present.status === 'running' && present.want === service.want)
    return { restarted: false, earlierRestarts: present.restarts };
  enter(request);
  await openTo(request);
  enter(request);
  await manager.start(service);
  return { restarted: true, earlierRestarts: 0 };
}

/** Goes back to a release that ran before, with the command and the environment that it had. Throws as `activate`. */
export async function switchBack({ to, ...request }: StartRequest & { readonly to: string }): Promise<Activated> {
  return activate({ ...request, release: to, start: startOf(request.root, to) });
}

export interface StartReleaseRequest extends StartRequest {
  /** The current release by default. */
  readonly release?: string;
  /** The command that it was started with before by default. */
  readonly start?: readonly string[];
}

/** Starts a release that is laid out: the first one, or the current one after the machine was restarted. Throws as `activate`. */
export async function startRelease({ release, start, ...request }: StartReleaseRequest): Promise<Activated> {
  const name = release ?? (await currentRelease(request.root))?.name;
  if (name === undefined) throw new ServiceProblem(`nothing was ever activated below ${request.root}`);
  return activate({ ...request, release: name, start: start ?? startOf(request.root, name) });
}

function startOf(root: string, release: string): readonly string[] {
  releaseAt(root, release);
  const start = readRecord<string[]>(startFile(root, release));
  if (start === null)
    throw new ServiceProblem(`the release ${release} was never started below ${root}: its command is not known`);
  return start;
}

/** Ends the service; nothing when none runs. The link stays. Throws StaleToken, ServiceProblem. */
export async function stopService(request: ServiceRoot): Promise<void> {
  enter(request);
  await managerFor(request.root, request.manager).stop();
}

/** Undoes the first activation below a root, which has nothing to switch back to: ends the service and removes the link. */
export async function deactivate(request: ServiceRoot): Promise<void> {
  await stopService(request);
  await rm(currentLink(request.root), { force: true });
  syncDirectory(dirname(currentLink(request.root)));
}

export const serviceState = ({ root, manager }: Pick<ServiceRoot, 'root' | 'manager'>): Promise<ServiceState> =>
  managerFor(root, manager).state();
