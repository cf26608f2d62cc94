import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from '@backstay/deployment';
import { kindOf } from '@backstay/document';
import { refusalOf } from '@backstay/deployers';
import { blocking, fine } from '@backstay/steps';
import type { Preflight } from './preflight.ts';

const run = promisify(execFile);

/** Programs and deployers that the steps need on this machine. */
export async function toolFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { plan } = preflight.deployment;
  const needsGit =
    plan.repository !== undefined || plan.steps.some(({ action }) => kindOf(action).directory(action) !== undefined);
  return [...deployerFindings(preflight), ...(needsGit ? await gitFindings() : [])];
}

async function gitFindings(): Promise<readonly Finding[]> {
  const subject = 'git';
  return run('git', ['--version']).then(
    ({ stdout }) => [fine('tool', { subject, message: stdout.trim() })],
    () => [blocking('tool', { subject, message: 'git is not installed: install the package `git`' })],
  );
}

function deployerFindings({ deployment }: Preflight): readonly Finding[] {
  const { delivery } = deployment.plan;
  const problem = delivery === null ? null : refusalOf(delivery);
  return problem === null ? [] : [blocking('tool', { subject: 'deployer', message: problem })];
}
