import type { DeploymentState } from '@backstay/deployment';
import { guardedIo, type GuardedIo, redactor } from '@backstay/guarded-io';
import type { Lookup } from '@backstay/document';
import { stepDeploymentOf } from './deployment-of.ts';
import { knownEnvironment, resolverOf, type StepEnvironment } from './step-environment.ts';
import type { StepDeployment, StepGround } from './step-task.ts';

/** The outside world as one deployment may touch it. */
export interface Surroundings {
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

export function surroundingsOf(ground: StepGround, state: DeploymentState): Surroundings {
  const deployment = stepDeploymentOf(state);
  const { plan } = deployment;
  const environment = knownEnvironment({ ground, deployment });
  const resolver = resolverOf(ground, plan.environment);
  const secret = (name: string) => (resolver.has(name) ? resolver.resolve(name).reveal() : undefined);
  return {
    deployment,
    dataDir: ground.dataDir,
    io: guardedIo(plan),
    lookup: (name) => environment.lookup(name) ?? secret(name),
    environment,
    redact: (text) => redactor(resolver.resolved()).text(environment.redact(text)),
  };
}
