import type { DeploymentState } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import {
  guardedFetch,
  knownEnvironment,
  resolverOf,
  stepDeploymentOf,
  type GuardedFetch,
  type Lookup,
  type StepGround,
} from '@backstay/effects';

/** What the checks of one deployment are made with. */
export interface CheckGround {
  readonly plan: Plan;
  readonly fetch: GuardedFetch;
  /** Values of `${NAME}`: the document's own names, else a secret of that name. */
  readonly lookup: Lookup;
}

export function checkGround(ground: StepGround, state: DeploymentState): CheckGround {
  const deployment = stepDeploymentOf(state);
  const { plan } = deployment;
  const { lookup } = knownEnvironment({ ground, deployment });
  const resolver = resolverOf(ground, plan.environment);
  const secret = (name: string) => (resolver.has(name) ? resolver.resolve(name).reveal() : undefined);
  return { plan, fetch: guardedFetch({ allow: plan.allow }), lookup: (name) => lookup(name) ?? secret(name) };
}
