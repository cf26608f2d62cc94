import type { Finding } from '@backstay/deployment';
import type { Command } from '@backstay/document';
import { forgetCommand, runCommand } from '@backstay/hosts';
import { guardedIo } from '@backstay/guarded-io';
import { askAgain } from '@backstay/service-kit';
import { blocking, fine, knownEnvironment, sourcePath, stepKey } from '@backstay/steps';
import { probeDependencies, type DependencyResult } from '@backstay/checks';
import type { Preflight } from './preflight.ts';

const probeMs = 30_000;

/** Live versions and replies of everything that the document says it depends on. What fails is asked again, but for what the record says. */
export async function dependencyFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { deployment, detach, runningVersion } = preflight;
  const { plan } = deployment;
  const environment = knownEnvironment(preflight);
  const options = {
    ...guardedIo(plan),
    variables: environment.lookup,
    runCommand: probing(preflight, environment),
    runningVersion,
    signal: detach,
  };
  const results = plan.dependencies.map((dependency) =>
    askAgain(
      () => probeDependencies([dependency], options),
      ([result]) => result?.passed === false && dependency.check.kind !== 'service',
      { signal: detach },
    ),
  );
  return (await Promise.all(results)).flat().map(findingOf);
}

function findingOf({ title, passed, observed, reason, line }: DependencyResult): Finding {
  return passed
    ? fine('dependency', { subject: title, message: observed, line })
    : blocking('dependency', { subject: title, message: reason ?? observed, line });
}

type Environment = ReturnType<typeof knownEnvironment>;

function probing({ context, deployment, token, detach }: Preflight, environment: Environment) {
  const { variables, mask, open, withhold, argument, account } = environment;
  let probes = 0;
  return async ({ text, argv }: Command): Promise<{ exitCode: number | null }> => {
    const key = stepKey(deployment.id, `preflight.${(probes += 1)}`);
    const name = { directory: context.dataDir, key };
    const commands = [{ text, argv: argv.map(argument) }];
    const outcome = await runCommand({
      ...name,
      attempt: 1,
      token,
      commands,
      cwd: sourcePath(context.dataDir, deployment),
      runAs: account(),
      env: variables,
      mask,
      open,
      withhold,
      timeoutMs: probeMs,
      signal: detach,
    });
    await forgetCommand(name);
    return { exitCode: outcome.status === 'exited' ? outcome.exitCode : null };
  };
}
