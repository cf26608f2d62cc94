import type { DeploymentState } from '@backstay/deployment';
import type { Lookup } from '@backstay/document';
import { guardedIo, type GuardedIo } from '@backstay/guarded-io';
import type { StepContext } from './context.ts';
import { stepDeploymentOf, type StepDeployment } from './deployment.ts';
import { knownEnvironment, resolverOf, type StepEnvironment } from './environment.ts';

/** The outside world as one deployment may touch it. */
export interface DeploymentIo {
  readonly deployment: StepDeployment;
  readonly dataDir: string;
  readonly io: GuardedIo;
  /** Values of `${NAME}`: the document's own names, else a secret of that name. */
  readonly lookup: Lookup;
  /** Of commands. */
  readonly environment: StepEnvironment;
  /** Masks every secret that the document names, and all that `lookup` has given. */
  readonly redact: (text: string) => string;
}

export function deploymentIo(
  context: StepContext,
  state: DeploymentState,
  deployment: StepDeployment = stepDeploymentOf(state),
): DeploymentIo {
  const { plan } = deployment;
  const environment = knownEnvironment({ context, deployment });
  const resolver = resolverOf(context, plan.environment);
  const secret = (name: string) => (resolver.has(name) ? resolver.resolve(name).reveal() : undefined);
  return {
    deployment,
    dataDir: context.dataDir,
    io: guardedIo(plan),
    lookup: (name) => environment.lookup(name) ?? secret(name),
    environment,
    redact: (text) => environment.redactorFor(resolver.resolved().map((each) => each.reveal()))(text),
  };
}
