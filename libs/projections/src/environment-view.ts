import {
  environment,
  environmentId,
  partsOfEnvironment,
  type EnvironmentEvent,
  type EnvironmentState,
  type QuarantinedVersion,
  type ReleaseRef,
} from '@backstay/deployment';
import { parseStreamName, type Projection, type RecordedEvent } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord } from './events.ts';

/** A deployment that held the environment; `outcome` is null while it does. */
export interface EnvironmentDeployment {
  readonly deployment: string;
  readonly version: string | null;
  readonly outcome: string | null;
  readonly claimedAt: string;
  readonly settledAt: string | null;
}

export interface RefusedAdoption {
  readonly version: string;
  readonly reasons: readonly string[];
  readonly at: string;
}

/** Who holds one service's environment, what runs there and what is known of it. */
export interface EnvironmentView {
  readonly service: string;
  readonly environment: string;
  readonly holder: string | null;
  readonly queue: readonly string[];
  readonly running: ReleaseRef | null;
  readonly verifiedGood: ReleaseRef | null;
  /** The deployment that ended half way, after which nobody knows what runs. */
  readonly uncertain: string | null;
  /** The deployment whose rollback put back what runs and could not verify it; null: none, or it was found good since. */
  readonly unverified?: string | null;
  readonly quarantined: readonly QuarantinedVersion[];
  readonly adoption: {
    readonly pending: EnvironmentState['adoption'];
    /** Until an adoption succeeds. */
    readonly refused: RefusedAdoption | null;
  };
  /** The last five, newest first. */
  readonly deployments: readonly EnvironmentDeployment[];
  /** The last planned ones, whose claims are still to come: deployment and version. */
  readonly planned: readonly { readonly deployment: string; readonly version: string }[];
}

const shown = 5;
const plannedAtMost = 20;

/** What runs where? One row per service and environment, under `service.environment`. */
export const environmentView: Projection<EnvironmentView> = {
  name: 'environment-view',
  keys: (event) => {
    const { category, id } = parseStreamName(event.stream);
    if (category === 'environment') return [id];
    if (!isDeploymentRecord(event) || event.type !== 'PlanDrafted') return [];
    const { service, environment: name } = event.data.plan;
    return [environmentId(service, name)];
  },
  evolve: (view = unknownEnvironment, event, key) => {
    const named = { ...view, ...partsOfEnvironment(key) };
    if (parseStreamName(event.stream).category !== 'environment')
      return isDeploymentRecord(event) && event.type === 'PlanDrafted'
        ? withPlanned(named, event.data.plan.version, event)
        : named;
    return evolveView(named, event as RecordedEvent<EnvironmentEvent>);
  },
};

const unknownEnvironment: EnvironmentView = {
  service: '',
  environment: '',
  holder: null,
  queue: [],
  running: null,
  verifiedGood: null,
  uncertain: null,
  unverified: null,
  quarantined: [],
  adoption: { pending: null, refused: null },
  deployments: [],
  planned: [],
};

function withPlanned(view: EnvironmentView, version: string, event: RecordedEvent): EnvironmentView {
  const deployment = deploymentOf(event) ?? event.correlation;
  return { ...view, planned: [...view.planned, { deployment, version }].slice(-plannedAtMost) };
}

function evolveView(view: EnvironmentView, event: RecordedEvent<EnvironmentEvent>): EnvironmentView {
  const { holder, queue, running, verifiedGood, uncertain, quarantined, adoption } = environment.evolve(
    stateOf(view),
    event,
  );
  return {
    ...view,
    holder,
    queue,
    running,
    verifiedGood,
    uncertain,
    unverified: unverifiedAfter(view, event),
    quarantined,
    adoption: { pending: adoption, refused: refusedAfter(view.adoption.refused, event) },
    ...deploymentsAfter(view, event),
  };
}

/** The aggregate's state, without what nothing here asks for. */
function stateOf(view: EnvironmentView): EnvironmentState {
  // A row that an earlier version wrote says nothing of it.
  const uncertain = 'uncertain' in view ? view.uncertain : null;
  const { holder, queue, running, verifiedGood, quarantined, adoption } = view;
  const pending = adoption.pending;
  const known = { holder, queue, running, verifiedGood, uncertain, quarantined, adoption: pending };
  return { ...known, positions: {}, activeSince: null, settled: [], good: [] };
}

/** What was once verified good is so no longer where a rollback to it could not verify it. */
function unverifiedAfter(
  { unverified = null }: EnvironmentView,
  event: RecordedEvent<EnvironmentEvent>,
): string | null {
  if (event.type === 'EnvironmentAdopted') return null;
  if (event.type !== 'EnvironmentSettled') return unverified;
  const { deployment, outcome } = event.data;
  if (outcome === 'rolled-back-unverified') return deployment;
  return outcome === 'succeeded' || outcome === 'rolled-back-verified' ? null : unverified;
}

function refusedAfter(refused: RefusedAdoption | null, event: RecordedEvent<EnvironmentEvent>): RefusedAdoption | null {
  if (event.type === 'EnvironmentAdopted') return null;
  if (event.type !== 'AdoptionRefused') return refused;
  const { version, reasons, at } = event.data;
  return { version, reasons, at };
}

function deploymentsAfter(
  { deployments, planned }: EnvironmentView,
  event: RecordedEvent<EnvironmentEvent>,
): Pick<EnvironmentView, 'deployments' | 'planned'> {
  if (event.type === 'EnvironmentClaimed') {
    const { deployment, at } = event.data;
    const version = planned.find((each) => each.deployment === deployment)?.version ?? null;
    const claimed = { deployment, version, outcome: null, claimedAt: at, settledAt: null };
    return {
      deployments: [claimed, ...deployments].slice(0, shown),
      planned: planned.filter((each) => each.deployment !== deployment),
    };
  }
  if (event.type === 'EnvironmentClaimWithdrawn') {
    return { deployments, planned: planned.filter((each) => each.deployment !== event.data.deployment) };
  }
  if (event.type !== 'EnvironmentSettled') return { deployments, planned };
  const { deployment, outcome, at } = event.data;
  return {
    deployments: deployments.map((each) =>
      each.deployment === deployment ? { ...each, outcome, settledAt: at } : each,
    ),
    planned,
  };
}
