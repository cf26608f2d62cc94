import { streamName, type Decider } from '@backstay/event-sourcing';
import type { EnvironmentCommand } from './commands.ts';
import { decide } from './decide.ts';
import type { EnvironmentEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { EnvironmentState } from './state.ts';

export const environment: Decider<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  initialState: {
    holder: null,
    activeSince: null,
    queue: [],
    positions: {},
    running: null,
    verifiedGood: null,
    good: [],
    uncertain: null,
    quarantined: [],
    adoption: null,
    settled: [],
  },
  decide,
  evolve,
};

/** The id of an environment's stream. */
export function environmentId(service: string, name: string): string {
  return `${service}.${name}`;
}

/** Service and environment of an id. Names of environments have no dot; those of services may. */
export function partsOfEnvironment(id: string): { readonly service: string; readonly environment: string } {
  const dot = id.lastIndexOf('.');
  return { service: id.slice(0, dot), environment: id.slice(dot + 1) };
}

export function environmentStream(service: string, name: string): string {
  return streamName('environment', environmentId(service, name));
}
