import { Rejection, type Aggregate, type Decider } from '@backstay/event-sourcing';
import { isDeploymentEventType, isEventTypeOf } from './catalogue.ts';
import { deployment, type DeploymentCommand } from './deployment.ts';
import { environment } from './environment/environment.ts';
import type { EnvironmentCommand } from './environment/commands.ts';
import type { EnvironmentEvent } from './environment/events.ts';
import type { EnvironmentState } from './environment/state.ts';
import type { DeploymentEvent } from './events.ts';
import {
  housekeeping,
  type HousekeepingCommand,
  type HousekeepingEvent,
  type HousekeepingState,
} from './housekeeping/housekeeping.ts';
import type { MeasurementsTaken } from './monitoring/events.ts';
import type { DeploymentState } from './state.ts';

export const deploymentAggregate: Aggregate<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  category: 'deployment',
  decider: deployment,
  knows: isDeploymentEventType,
};

/** Environments live as long as their services: their state is kept now and then, so that no fold begins years ago. */
export const environmentAggregate: Aggregate<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  category: 'environment',
  decider: environment,
  knows: (type) => isEventTypeOf('environment', type),
  snapshots: { shape: 'environment-6', every: 100 },
};

/** One tick of a watch, taken behind the version that its watcher has seen. */
export type TakeMeasurements = {
  readonly type: 'TakeMeasurements';
  readonly after: number;
} & MeasurementsTaken['data'];

/** How many ticks are recorded. */
export interface MeasurementsState {
  readonly ticks: number;
}

const measurements: Decider<TakeMeasurements, MeasurementsState, MeasurementsTaken> = {
  initialState: { ticks: 0 },
  decide: ({ type: _type, after, ...taken }, { ticks }) => {
    if (after !== ticks)
      throw new Rejection('measured-meanwhile', `${ticks} ticks are recorded, another watcher saw ${after}`);
    return [{ type: 'MeasurementsTaken', data: taken }];
  },
  evolve: ({ ticks }) => ({ ticks: ticks + 1 }),
};

/** The readings of one deployment's watch, in a stream of their own: samples never conflict with what people decide. */
export const measurementsAggregate: Aggregate<TakeMeasurements, MeasurementsState, MeasurementsTaken> = {
  category: 'measurements',
  decider: measurements,
  knows: (type) => isEventTypeOf('measurements', type),
};

/** What was removed of what lies in one place, such as the database or a data directory; the stream's id is that of the place. */
export const housekeepingAggregate: Aggregate<HousekeepingCommand, HousekeepingState, HousekeepingEvent> = {
  category: 'housekeeping',
  decider: housekeeping,
  knows: (type) => isEventTypeOf('housekeeping', type),
  snapshots: { shape: 'housekeeping-1', every: 100 },
};
