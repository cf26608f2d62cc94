import type { DeploymentState } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import {
  guardedFetch,
  knownEnvironment,
  resolverOf,
  stepDeploymentOf,
  type GuardedFetch,
  type Lookup,
  type StepDeployment,
  type StepEnvironment,
  type StepGround,
} from '@backstay/effects';
import type { Fetch } from './telemetry/index.ts';

/** The outside world as one deployment may touch it. */
export interface Surroundings {
  readonly deployment: StepDeployment;
  readonly dataDir: string;
  readonly fetch: GuardedFetch;
  readonly lookup: Lookup;
  readonly redact: (text: string) => string;
  /** Of commands that print logs. */
  readonly environment: StepEnvironment;
}

export function surroundingsOf(ground: StepGround, state: DeploymentState): Surroundings {
  const deployment = stepDeploymentOf(state);
  const environment = knownEnvironment({ ground, deployment });
  const { lookup, redact } = environment;
  const resolver = resolverOf(ground, deployment.plan.environment);
  const secret = (name: string) => (resolver.has(name) ? resolver.resolve(name).reveal() : undefined);
  return {
    deployment,
    dataDir: ground.dataDir,
    fetch: fetchFor(deployment.plan),
    lookup: (name) => lookup(name) ?? secret(name),
    redact,
    environment,
  };
}

export const fetchFor = ({ allow }: Pick<Plan, 'allow'>): GuardedFetch => guardedFetch({ allow });

const largestAnswer = 5 * 1024 * 1024;
const bodiless = [204, 205, 304];

/** The guarded fetch in the form in which metric sources ask. */
export function telemetryFetch(fetch: GuardedFetch): Fetch {
  return async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const {
      status,
      content,
      headers: answered,
    } = await fetch(url instanceof Request ? url.url : url.toString(), {
      headers,
      signal: init.signal ?? undefined,
      maxBytes: largestAnswer,
    });
    return new Response(bodiless.includes(status) ? null : new Uint8Array(content), { status, headers: answered });
  };
}
