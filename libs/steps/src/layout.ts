import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { kindOf, type Plan, type Step } from '@backstay/document';
import { checkout } from '@backstay/git';
import type { StepContext } from './context.ts';
import type { StepDeployment } from './deployment.ts';

interface Workspace {
  readonly context: Pick<StepContext, 'dataDir'>;
  readonly deployment: StepDeployment;
}

/** `into` of the work tree that planning checks out. */
const sourceFolder = 'source';

export function workspacePath(dataDir: string, workspace: string): string {
  return join(dataDir, 'workspaces', workspace);
}

export function repositoriesPath(dataDir: string): string {
  return join(dataDir, 'repositories');
}

/** The dump of a backup step; a step that dumps several databases numbers them. */
export function backupPath(dataDir: string, deployment: string, step: string, number: number | null): string {
  return join(dataDir, 'backups', deployment, `${step}${number === null ? '' : `.${number}`}.dump`);
}

/** A folder below the workspace. @throws {RangeError} for a path that leads out of it. */
export function insideWorkspace(workspace: string, path: string): string {
  const folder = resolve(workspace, path);
  if (relative(workspace, folder).startsWith('..')) throw new RangeError(`${path} leads out of the workspace`);
  return folder;
}

/** Relative to the workspace: what the step says, else where the last checkout before it went, else `source`. */
export function directoryOf(plan: Pick<Plan, 'steps'>, step: Pick<Step, 'id' | 'directory' | 'source'>): string {
  if (step.directory !== undefined) return step.directory;
  // An undo carries the line of the step that it undoes, and runs where that one ran.
  const here = plan.steps.findIndex(({ id, source }) => id === step.id || source.line === step.source.line);
  const before = here < 0 ? plan.steps : plan.steps.slice(0, here);
  return lastCheckout(before) ?? sourceFolder;
}

function lastCheckout(steps: readonly Step[]): string | undefined {
  return steps.flatMap(({ action }) => kindOf(action).directory(action) ?? []).at(-1);
}

/** Where the deployed commit's own files are. */
export function sourcePath(dataDir: string, { workspace, plan }: Pick<StepDeployment, 'workspace' | 'plan'>): string {
  const into = lastCheckout(plan.steps);
  const home = workspacePath(dataDir, workspace);
  const checkedOut = into === undefined ? null : insideWorkspace(home, into);
  return checkedOut !== null && existsSync(checkedOut) ? checkedOut : join(home, sourceFolder);
}

/** The folder in which the step acts. The work tree is made where this machine does not have it yet. */
export async function prepareDirectory(task: Workspace & { readonly step: Step }): Promise<string> {
  const { context, deployment, step } = task;
  const home = workspacePath(context.dataDir, deployment.workspace);
  await prepareSource(task);
  return insideWorkspace(home, directoryOf(deployment.plan, step));
}

/** The work tree that planning checked out, made where this machine does not have it yet. */
export async function prepareSource({ context, deployment }: Workspace): Promise<void> {
  const { plan, commit, workspace } = deployment;
  const into = join(workspacePath(context.dataDir, workspace), sourceFolder);
  if (existsSync(into)) return;
  if (plan.repository === undefined || commit === null)
    return void (await mkdir(into, { recursive: true, mode: 0o700 }));
  await checkout({ repository: plan.repository, cacheDir: repositoriesPath(context.dataDir), commit, into });
}
