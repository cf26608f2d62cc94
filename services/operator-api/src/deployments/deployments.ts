import {
  deployment,
  deploymentStream,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
} from '@backstay/deployment';
import { CommandHandler, type RecordedEvent } from '@backstay/event-sourcing';
import { eventsAsOf } from '@backstay/projections';
import type { Platform } from '@backstay/service-kit';
import { NotFound } from '../http/errors.ts';
import { pathName } from '../http/inputs.ts';
import { metadataOf, type Asked } from './asked.ts';

export type History = readonly RecordedEvent<DeploymentEvent>[];

/** The deployments' streams: always current, because nothing stands between them and the answer. */
export class Deployments {
  readonly #platform: Platform;
  readonly #handler: CommandHandler<DeploymentCommand, DeploymentState, DeploymentEvent>;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#handler = new CommandHandler(deployment, platform);
  }

  /** Every event up to `asOf`. @throws {NotFound} when there is none, or no such version. */
  async history(id: string, asOf?: string): Promise<History> {
    const all = await this.#platform.store.read<DeploymentEvent>(streamOf(id));
    const last = all.at(-1);
    if (last === undefined) throw absent(id);
    if (asOf === undefined) return all;
    if (/^\d+$/.test(asOf) && Number(asOf) > last.version)
      throw new NotFound(`deployment ${id} has no version ${asOf}; its last is ${last.version}`);
    const until = eventsAsOf(all, asOf);
    if (until.length === 0) throw new NotFound(`deployment ${id} did not exist as of ${asOf}`);
    return until;
  }

  /** @throws {NotFound} */
  async state(id: string): Promise<Exclude<DeploymentState, { status: 'none' }>> {
    const { state } = await this.#handler.fold(streamOf(id));
    if (state.status === 'none') throw absent(id);
    return state;
  }

  /** @throws {Rejection} from the aggregate. */
  async do(id: string, command: DeploymentCommand, asked: Asked): Promise<void> {
    await this.#handler.handle(streamOf(id), command, metadataOf(asked, id, this.#platform.ids));
  }
}

const absent = (id: string): NotFound => new NotFound(`there is no deployment ${id}`);

// Whatever is no name can be no stream either, and need not be asked for.
function streamOf(id: string): string {
  if (!pathName.safeParse(id).success) throw absent(id);
  return deploymentStream(id);
}

/** The moment that `asOf` means: a version counts events of this stream alone, others are looked at as they were then. */
export function momentOf(asOf: string, history: History): string {
  return /^\d+$/.test(asOf) ? (history.at(-1)?.time ?? asOf) : asOf;
}
