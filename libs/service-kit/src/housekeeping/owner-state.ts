import {
  activeState,
  rollbackTargetsOf,
  deploymentAggregate,
  environmentAggregate,
  environmentId,
  isEnded,
  type DeploymentState,
  type OwnerState,
} from '@backstay/deployment';
import { AggregateRepository, UnknownEvent, type RepositoryPorts } from '@backstay/event-sourcing';

/** What is recorded of deployments, as far as keeping what they left depends on it; looked up once for each. */
export class OwnerStates {
  readonly #deployments;
  readonly #environments;
  readonly #states = new Map<string, Promise<DeploymentState | null>>();
  readonly #needed = new Map<string, Promise<ReadonlySet<string> | null>>();

  constructor(ports: RepositoryPorts) {
    // Repositories of its own: what ended long ago must not take the place of what is at work.
    const own = { ...ports, cachedStreams: 1 };
    this.#deployments = new AggregateRepository(deploymentAggregate, own);
    this.#environments = new AggregateRepository(environmentAggregate, own);
  }

  async of(id: string): Promise<OwnerState> {
    const state = await this.#state(id);
    if (state?.status === 'none') return { id, status: 'unknown', endedAt: null, isRollbackNeeded: false };
    // Nobody can say that what is not understood has ended; or its environment has yet to hear of its end.
    if (state === null || !isEnded(state) || state.unsettled !== null)
      return { id, status: 'open', endedAt: null, isRollbackNeeded: false };
    const plan = state.drafted?.plan;
    const isRollbackNeeded =
      plan !== undefined && (await this.#isNeededIn(environmentId(plan.service, plan.environment), id));
    return { id, status: 'ended', endedAt: state.endedAt, isRollbackNeeded };
  }

  /** Null: it holds what this version does not understand. */
  #state(id: string): Promise<DeploymentState | null> {
    return once(this.#states, id, async () => {
      try {
        return (await this.#deployments.load(id)).state;
      } catch (error) {
        if (error instanceof UnknownEvent) return null;
        throw error;
      }
    });
  }

  async #isNeededIn(environment: string, id: string): Promise<boolean> {
    const needed = await this.#neededIn(environment);
    return needed === null || needed.has(id);
  }

  /** The deployments that may be rolled back there, and those that they would go back to; null: any, for one of them is not understood. */
  #neededIn(environment: string): Promise<ReadonlySet<string> | null> {
    return once(this.#needed, environment, async () => {
      const { state } = await this.#environments.load(environment);
      const { holder, queue, running, verifiedGood, uncertain } = state;
      const here = [holder, ...queue, running?.deployment, verifiedGood?.deployment, uncertain].filter(isPresent);
      const states = await Promise.all(here.map((id) => this.#state(id)));
      return states.includes(null) ? null : new Set([...here, ...states.flatMap(targetsOf)]);
    });
  }
}

/** What a deployment takes back, or would go back to. */
function targetsOf(state: DeploymentState | null): readonly string[] {
  const active = state === null ? null : activeState(state);
  if (active === null || active.status === 'none') return [];
  const targets = rollbackTargetsOf(active).map(({ deployment }) => deployment);
  return [active.drafted?.inherited?.deployment, ...targets].filter(isPresent);
}

const isPresent = (id: string | null | undefined): id is string => id !== null && id !== undefined;

function once<Value>(known: Map<string, Promise<Value>>, key: string, find: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
