import {
  deploymentAggregate,
  environmentAggregate,
  housekeepingAggregate,
  measurementsAggregate,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
  type HousekeepingCommand,
  type HousekeepingEvent,
  type HousekeepingState,
  type MeasurementsState,
  type MeasurementsTaken,
  type TakeMeasurements,
} from '@backstay/deployment';
import { AggregateRepository, type RepositoryPorts } from '@backstay/event-sourcing';
import { WakeUpLink } from './bus/wake-up-link.ts';
import { wakeUpsOf } from './worker/wake-ups-of.ts';

/** The aggregates that a process works on. */
export interface Aggregates {
  readonly repositoryPorts: RepositoryPorts;
  readonly deployments: AggregateRepository<DeploymentCommand, DeploymentState, DeploymentEvent>;
  readonly environments: AggregateRepository<EnvironmentCommand, EnvironmentState, EnvironmentEvent>;
  readonly measurements: AggregateRepository<TakeMeasurements, MeasurementsState, MeasurementsTaken>;
  readonly housekeeping: AggregateRepository<HousekeepingCommand, HousekeepingState, HousekeepingEvent>;
  /** Publishes wake-ups of all appends as soon as a bus is joined. */
  readonly wakeUps: WakeUpLink;
}

export function aggregatesOn(ports: Omit<RepositoryPorts, 'onAppended'>): Aggregates {
  const wakeUps = new WakeUpLink((appended) => wakeUpsOf(appended, ports.now()));
  const repositoryPorts: RepositoryPorts = { ...ports, onAppended: (appended) => wakeUps.publish(appended) };
  return {
    repositoryPorts,
    deployments: new AggregateRepository(deploymentAggregate, repositoryPorts),
    environments: new AggregateRepository(environmentAggregate, repositoryPorts),
    measurements: new AggregateRepository(measurementsAggregate, repositoryPorts),
    housekeeping: new AggregateRepository(housekeepingAggregate, repositoryPorts),
    wakeUps,
  };
}
