import { Inject, Injectable } from '@nestjs/common';
import {
  environmentId,
  quarantineOf,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
} from '@backstay/deployment';
import { streamName, type RecordedEvent } from '@backstay/event-sourcing';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { NotFound } from '@backstay/service-kit/http';
import { contextOf, type Asked } from '../deployments/asked.ts';

/** The environments' streams: who holds a service there, what runs, what is known to be good. */
@Injectable()
export class Environments {
  readonly #platform: Platform;

  constructor(@Inject(PLATFORM) platform: Platform) {
    this.#platform = platform;
  }

  async state(service: string, name: string): Promise<EnvironmentState> {
    return (await this.#platform.environments.load(environmentId(service, name))).state;
  }

  /** Every event; empty where nothing is known of the service there. */
  async history(service: string, name: string): Promise<readonly RecordedEvent<EnvironmentEvent>[]> {
    return this.#platform.store.read<EnvironmentEvent>(streamName('environment', environmentId(service, name)));
  }

  /** @throws {Rejection} from the aggregate. */
  async do(service: string, name: string, command: EnvironmentCommand, asked: Asked): Promise<void> {
    const id = environmentId(service, name);
    const correlation = streamName('environment', id);
    await this.#platform.environments.handle(id, command, contextOf(asked, correlation));
  }

  /** Once and for all: what was lifted before stays so. @throws {NotFound} where that version never was in quarantine. */
  async lift(service: string, name: string, version: string, reason: string, asked: Asked): Promise<void> {
    const state = await this.state(service, name);
    if (quarantineOf(state, version) === undefined && !(await this.#wasLifted(service, name, version)))
      throw new NotFound(
        notQuarantined(
          service,
          name,
          version,
          state.quarantined.map((each) => each.version),
        ),
      );
    await this.do(service, name, { type: 'LiftQuarantine', version, by: asked.by.name, reason, at: asked.at }, asked);
  }

  async #wasLifted(service: string, name: string, version: string): Promise<boolean> {
    const history = await this.history(service, name);
    return history.some(({ type, data }) => type === 'QuarantineLifted' && data.version === version);
  }
}

/** However many versions are quarantined, a message names no more than the latest of them. */
const namedAtMost = 10;

function notQuarantined(service: string, name: string, version: string, others: readonly string[]): string {
  const unnamed = others.length - namedAtMost;
  const names = [...others.slice(-namedAtMost), ...(unnamed > 0 ? [`${unnamed} earlier ones`] : [])];
  const what = names.length === 0 ? 'no version is' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
  return `version ${version} of ${service} is not quarantined in ${name}; ${what}`;
}
