import {
  environment,
  environmentStream,
  quarantineOf,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
} from '@backstay/deployment';
import { CommandHandler, type RecordedEvent } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';
import { metadataOf, type Asked } from '../deployments/asked.ts';
import { NotFound } from '../http/errors.ts';
import { pathName } from '../http/inputs.ts';

/** The environments' streams: who holds a service there, what runs, what is known to be good. */
export class Environments {
  readonly #platform: Platform;
  readonly #handler: CommandHandler<EnvironmentCommand, EnvironmentState, EnvironmentEvent>;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#handler = new CommandHandler(environment, platform);
  }

  async state(service: string, name: string): Promise<EnvironmentState> {
    return (await this.#handler.fold(streamOf(service, name))).state;
  }

  /** Every event; empty where nothing is known of the service there. */
  async history(service: string, name: string): Promise<readonly RecordedEvent<EnvironmentEvent>[]> {
    return this.#platform.store.read<EnvironmentEvent>(streamOf(service, name));
  }

  /** @throws {Rejection} from the aggregate. */
  async do(service: string, name: string, command: EnvironmentCommand, asked: Asked): Promise<void> {
    const stream = streamOf(service, name);
    await this.#handler.handle(stream, command, metadataOf(asked, stream, this.#platform.ids));
  }

  /** Once and for all: what was lifted before stays so. @throws {NotFound} where that version never was in quarantine. */
  async lift(service: string, name: string, version: string, reason: string, asked: Asked): Promise<void> {
    const state = await this.state(service, name);
    if (quarantineOf(state, version) === undefined && !(await this.#wasLifted(service, name, version)))
      throw new NotFound(notQuarantined(service, name, version, Object.keys(state.quarantined)));
    await this.do(service, name, { type: 'LiftQuarantine', version, by: asked.by.name, reason, at: asked.at }, asked);
  }

  async #wasLifted(service: string, name: string, version: string): Promise<boolean> {
    const history = await this.history(service, name);
    return history.some(({ type, data }) => type === 'QuarantineLifted' && data.version === version);
  }
}

function notQuarantined(service: string, name: string, version: string, others: readonly string[]): string {
  const what = others.length === 0 ? 'no version is' : `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'}`;
  return `version ${version} of ${service} is not quarantined in ${name}; ${what}`;
}

/** A dot would make two names of one stream out of one. */
function streamOf(service: string, name: string): string {
  const named = [service, name].every((each) => pathName.safeParse(each).success) && !name.includes('.');
  if (!named) throw new NotFound(`there is no service ${service} in ${name}`);
  return environmentStream(service, name);
}
