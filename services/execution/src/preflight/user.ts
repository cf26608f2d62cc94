import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '@backstay/deployment';
import { serviceProfile } from '@backstay/document';
import { accountNamed, whyNoSwitch, type Account } from '@backstay/hosts';
import { blocking, fine, prepareSource, runAsOf, workspacePath } from '@backstay/steps';
import type { Preflight } from './preflight.ts';

/** Whether steps can run as the user that the profile, or else the platform, names for them; nothing where none is named. */
export async function userFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const name = runAsOf(preflight);
  if (name === undefined) return [];
  const problem = await problemOf(name, preflight);
  return [
    problem === null ? fine('run-as', { subject: name, message: 'can run the steps' }) : blocking('run-as', problem),
  ];
}

type Problem = Pick<Finding, 'subject' | 'message'>;

async function problemOf(name: string, preflight: Preflight): Promise<Problem | null> {
  const { context, deployment } = preflight;
  const source = await sourceOf(preflight);
  const account = accountNamed(name);
  if (account === null)
    return { subject: name, message: `is not a user of this machine; create it, or change ${source}` };
  const why = whyNoSwitch(account);
  if (why !== null)
    return {
      subject: name,
      message: `cannot run the steps: ${why}; start the services of this machine as root, or remove ${source}`,
    };
  const home = workspacePath(context.dataDir, deployment.workspace);
  try {
    await prepareSource({ context, deployment });
  } catch (error) {
    if (error instanceof RangeError) return { subject: name, message: `cannot run the steps: ${error.message}` };
    throw error;
  }
  if (await may(account, 'cd -- "$1"', home)) return rootProblem(account, deployment.plan.delivery?.root);
  const message = `cannot reach ${home}: a folder above it lets nobody else pass; set \`BACKSTAY_DATA_DIR\` to one as /var/lib/backstay`;
  return { subject: name, message };
}

/** What names the user, with its place in the profile where the entry still is what was planned with. */
async function sourceOf({ deployment, profiles }: Preflight): Promise<string> {
  const { runAs, environment, service } = deployment.plan;
  if (runAs === undefined) return '`BACKSTAY_RUN_AS`';
  const read = await profiles.read().catch(() => null);
  const known = read?.ok ? serviceProfile(read.profiles, environment, service) : undefined;
  if (!read?.ok || known?.runAs !== runAs) return '`runAs` in the environment profile';
  const { line, column } = read.placeOf(environment, service, 'runAs');
  return `\`runAs\` in the environment profile (${line}:${column})`;
}

/** The release runs as the user below its root, where what Backstay keeps is not the user's to exchange. */
async function rootProblem(account: Account, root: string | undefined): Promise<Problem | null> {
  if (root === undefined || account.uid === process.getuid?.()) return null;
  let above = dirname(root);
  while (!existsSync(above)) above = dirname(above);
  const subject = account.name;
  if (!(await may(account, 'cd -- "$1"', above))) {
    const message = `cannot reach the releases below ${root}: ${above}, or a folder above it, lets nobody else pass; open it (\`chmod o+x\`), or name another \`root\``;
    return { subject, message };
  }
  if (!(await may(account, 'test -w "$1"', root))) return null;
  const message = `can write in ${root}, where it could exchange what is served: make it the folder of the user of the services alone (\`chown\`, \`chmod go-w\`), or name another \`root\``;
  return { subject, message };
}

/** Whether a look at the path succeeds for the user; programs look their own folder up from the root on. */
async function may({ uid, gid }: Account, look: string, path: string): Promise<boolean> {
  const as = process.getuid?.() === uid ? {} : { uid, gid };
  return promisify(execFile)('/bin/sh', ['-c', look, 'look', path], { ...as, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
