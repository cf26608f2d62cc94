import type { EnvironmentClaimQueued, EnvironmentEvent, EnvironmentSettled } from './events.ts';
import type { ReleaseRef } from '../values.ts';
import { quarantinedAfter, quarantinedAtMost, quarantineOf, withoutVersion } from './quarantine.ts';
import type { EnvironmentState, Queue } from './state.ts';

export function evolve(state: EnvironmentState, event: EnvironmentEvent): EnvironmentState {
  switch (event.type) {
    case 'EnvironmentClaimed': {
      const { deployment, at } = event.data;
      return { ...state, ...without(state, deployment), holder: deployment, activeSince: at };
    }
    case 'EnvironmentClaimQueued': {
      return { ...state, ...withQueued(state, event.data) };
    }
    case 'EnvironmentClaimWithdrawn': {
      const { deployment, mayReturn, at } = event.data;
      return {
        ...state,
        ...without(state, deployment),
        activeSince: state.holder === null ? at : state.activeSince,
        settled: mayReturn ? state.settled : noted(state.settled, deployment),
      };
    }
    case 'EnvironmentSettled':
      return settle(state, event.data);
    case 'AdoptionRequested':
      return { ...state, adoption: event.data };
    case 'EnvironmentAdopted': {
      const { running } = event.data;
      const good = goodAfter(state.good, running);
      return { ...state, adoption: null, running, verifiedGood: running, good, uncertain: null };
    }
    case 'AdoptionRefused':
      return { ...state, adoption: null };
    case 'QuarantineLifted':
      return { ...state, quarantined: withoutVersion(state.quarantined, event.data.version) };
    // A type that this version does not know.
    default:
      return state;
  }
}

const notedAtMost = 100;

/** However many deployments there were, a fold copies no more than this. */
function noted(settled: readonly string[], deployment: string): readonly string[] {
  return [...settled.slice(1 - notedAtMost), deployment];
}

function withQueued(
  { queue, positions }: Queue,
  { deployment, ahead, position, before }: EnvironmentClaimQueued['data'],
): Queue {
  const place = ahead ? 0 : before === undefined ? -1 : queue.indexOf(before);
  return {
    queue: place < 0 ? [...queue, deployment] : queue.toSpliced(place, 0, deployment),
    positions: position === undefined ? positions : { ...positions, [deployment]: position },
  };
}

function without({ queue, positions }: Queue, deployment: string): Queue {
  if (!queue.includes(deployment)) return { queue, positions };
  const { [deployment]: _gone, ...others } = positions;
  return { queue: queue.filter((each) => each !== deployment), positions: others };
}

function goodAfter(before: EnvironmentState['good'], release: ReleaseRef | null): EnvironmentState['good'] {
  if (release === null) return before;
  const others = before.filter((each) => each.version !== release.version || each.release !== release.release);
  return [...others.slice(1 - notedAtMost), release];
}

function settle(state: EnvironmentState, settled: EnvironmentSettled['data']): EnvironmentState {
  const { deployment, running, verifiedGood } = settled;
  const quarantined = quarantinedAfter(state.quarantined, settled);
  return {
    ...state,
    holder: null,
    activeSince: settled.at,
    running,
    verifiedGood,
    good: goodAfter(state.good, verifiedGood).filter(
      ({ version }) => quarantineOf({ quarantined }, version) === undefined,
    ),
    uncertain: uncertainAfter(state.uncertain, settled),
    // A stream of an earlier version quarantined more without lifting any.
    quarantined: quarantined.slice(-quarantinedAtMost),
    settled: noted(state.settled, deployment),
  };
}

const endsHalfWay = ['halted', 'rollback-failed', 'abandoned'];
const endsKnown = ['succeeded', 'rolled-back-verified', 'rolled-back-unverified'];

function uncertainAfter(
  before: string | null,
  { deployment, outcome, changed = true, isRunningUnknown }: EnvironmentSettled['data'],
): string | null {
  if (isRunningUnknown) return deployment;
  if (endsKnown.includes(outcome)) return null;
  return endsHalfWay.includes(outcome) && changed ? deployment : before;
}
