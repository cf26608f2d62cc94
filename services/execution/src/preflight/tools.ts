import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from '@backstay/deployment';
import type { Plan, Step } from '@backstay/document';
import { backupTools, knownEnvironment, whyNotSupported } from '@backstay/steps';
import { guardedServer } from '@backstay/guarded-io';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

const run = promisify(execFile);

/** Programs and deployers that the steps need on this machine. */
export async function toolFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { plan } = preflight.deployment;
  const needsGit = plan.repository !== undefined || plan.steps.some(({ action }) => action.kind === 'checkout');
  const backups = plan.steps.map((step) => dumpFindings(step, preflight));
  const probed = await Promise.all([...(needsGit ? [gitFindings()] : []), ...backups]);
  return [...deployerFindings(preflight), ...probed.flat()];
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
  const problem = delivery === null ? null : whyNotSupported(delivery);
  return problem === null ? [] : [blocking('tool', { subject: 'deployer', message: problem })];
}

async function dumpFindings({ id, action, source }: Step, preflight: Preflight): Promise<readonly Finding[]> {
  if (action.kind !== 'backup') return [];
  const { lookup } = knownEnvironment(preflight);
  const server = guardedServer(preflight.deployment.plan);
  const facts = { subject: 'pg_dump', line: source.line };
  return Promise.all(
    action.urls.map(async (url) => {
      try {
        const { version, unwise } = await backupTools(await server(url, lookup), preflight.detach);
        return unwise !== null && isRestored(id, preflight.deployment.plan)
          ? warning('tool', { ...facts, message: unwise })
          : fine('tool', { ...facts, message: `pg_dump ${version} fits the server` });
      } catch (error) {
        return blocking('tool', { ...facts, message: (error as Error).message });
      }
    }),
  );
}

function isRestored(id: string, { rollback }: Plan): boolean {
  return rollback.steps.some(({ action }) => action.kind === 'restore' && action.step === id);
}
