import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { kindOf, type Plan, type Step } from '@backstay/document';
import { checkout, holdsCommit, type CommitAt } from '@backstay/git';
import {
  giveTo,
  makePassable,
  moveAs,
  otherOwnerOf,
  ownerOf,
  removeTree,
  type Account,
  type Owner,
} from '@backstay/hosts';
import { accountOf } from './account.ts';
import type { StepContext } from './context.ts';
import type { StepDeployment } from './deployment.ts';

interface Workspace {
  readonly context: Pick<StepContext, 'dataDir' | 'runAs'>;
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
  const folder = insideWorkspace(home, directoryOf(deployment.plan, step));
  if (accountOf(task) !== undefined) await refuseLinks(home, folder);
  return folder;
}

/** What another user can write in may be a link by now. @throws {RangeError} where it leads elsewhere */
async function refuseLinks(home: string, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const meant = join(await realpath(home), relative(home, folder));
  if ((await realpath(folder)) !== meant) throw new RangeError(`${relative(home, folder)} is a link to another folder`);
}

/** The work tree that planning checked out, made where this machine does not have it yet; it is the user's as whom the steps run. */
export async function prepareSource(workspace: Workspace): Promise<void> {
  const { context, deployment } = workspace;
  const account = accountOf(workspace);
  const home = workspacePath(context.dataDir, deployment.workspace);
  const into = join(home, sourceFolder);
  if (account !== undefined) await refuseOthers(home, account);
  if (!existsSync(into)) await makeSource(workspace, home);
  if (account !== undefined && (await ownerOf(home))?.uid !== account.uid)
    await giveAway(context.dataDir, home, account);
}

async function makeSource({ context, deployment }: Workspace, home: string): Promise<void> {
  const { plan, commit } = deployment;
  const { repository } = plan;
  if (repository !== undefined && commit !== null)
    return void (await checkOutInto(home, { repository, cacheDir: repositoriesPath(context.dataDir), commit }));
  const make = (folder: string) => mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await otherOwnerOf(home);
  await (owner === null
    ? make(join(home, sourceFolder))
    : placeAs(owner, home, { into: join(home, sourceFolder), make }));
}

/** Puts the exact commit into a folder of the workspace, with no more rights there than those of the user whose it is. */
export async function checkOutInto(
  home: string,
  at: CommitAt,
  path = sourceFolder,
): Promise<{ readonly changed: boolean }> {
  const into = insideWorkspace(home, path);
  const owner = await otherOwnerOf(home);
  if (owner === null) {
    await mkdir(home, { recursive: true, mode: 0o700 });
    return checkout({ ...at, into });
  }
  if (await holdsCommit({ ...at, into, as: owner })) return { changed: false };
  await placeAs(owner, home, { into, make: (folder) => checkout({ ...at, into: folder }) });
  return { changed: true };
}

interface Placing {
  readonly into: string;
  /** Makes the folder of that path. */
  readonly make: (folder: string) => Promise<unknown>;
}

/** Makes a folder beside the workspace, where the user cannot write yet, and has it moved into place with no more than the user's rights. */
async function placeAs(owner: Owner, home: string, { into, make }: Placing): Promise<void> {
  const draft = `${home}.${randomUUID()}`;
  const made = join(draft, 'tree');
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await make(made);
    await giveTo(draft, owner);
    await moveAs(owner, made, into);
  } finally {
    await removeTree(draft);
  }
}

/** The last that Backstay does in it by its own rights: until then nobody else could write there. */
async function giveAway(dataDir: string, home: string, account: Account): Promise<void> {
  for (const folder of [dataDir, dirname(home)]) await makePassable(folder);
  await chmod(home, 0o700);
  await giveTo(home, account);
}

/** @throws {RangeError} for a workspace of a third user, who may have put into it what is not its own */
async function refuseOthers(home: string, { uid, name }: Account): Promise<void> {
  const owner = await ownerOf(home);
  if (owner === null || owner.uid === uid || owner.uid === process.getuid?.()) return;
  throw new RangeError(
    `the workspace belongs to the user ${owner.uid}, not to ${name}: remove it, or name another one`,
  );
}
