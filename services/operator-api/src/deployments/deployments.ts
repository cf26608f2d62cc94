import {
  deploymentAggregate,
  deploymentStream,
  isEnded,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
} from '@backstay/deployment';
import {
  AggregateRepository,
  firstBrokenLink,
  type Digest,
  type Head,
  type RecordedEvent,
} from '@backstay/event-sourcing';
import { deploymentSummary, eventsAsOf, summaryOf } from '@backstay/projections';
import type { Platform } from '@backstay/service-kit';
import { NoDeployment, NotFound } from '@backstay/service-kit/http';
import { contextOf, type Asked } from './asked.ts';
import { GatheredReads } from './gathered-reads.ts';
import { withTakenBack, type KnownSince } from './taken-back.ts';

export type History = readonly RecordedEvent<DeploymentEvent>[];

/** The first event of a stream whose hash does not follow from what is recorded. */
export interface BrokenLink {
  readonly version: number;
  readonly eventId: string;
}

/** The first one in these events, of which the first follows `head`; null: the chain is intact. */
export function brokenIn(events: readonly RecordedEvent[], digest: Digest, head?: Head): BrokenLink | null {
  const event = firstBrokenLink(events, digest, head);
  return event === null ? null : { version: event.version, eventId: event.id };
}

export interface Audited {
  readonly history: History;
  /** Of the whole stream, whatever moment is looked at; null: the chain is intact. */
  readonly firstBroken: BrokenLink | null;
}

/** A summary as it is returned. */
export interface StoredSummary {
  /** JSON. */
  readonly text: string;
  readonly statusVersion: number;
}

/** `Deployments` for commands that continue a deployment: it refuses a stream with an event that this version does not know. */
export const UNDERSTOOD = Symbol('understood deployments');

/** Deployments: the summary from its read model, all else from the stream, which is always current. */
export class Deployments {
  readonly #platform: Platform;
  readonly #repository: AggregateRepository<DeploymentCommand, DeploymentState, DeploymentEvent>;

  readonly #summaries = new GatheredReads((ids) => this.#storedSummaries(ids));

  /** @param unknownEvents `refuse`: nobody acts on a stream with an event that this version does not know. */
  constructor(platform: Platform, unknownEvents: 'refuse' | 'skip' = 'skip') {
    this.#platform = platform;
    this.#repository =
      unknownEvents === 'refuse'
        ? platform.deployments
        : new AggregateRepository(deploymentAggregate, { ...platform.repositoryPorts, unknownEvents });
  }

  /** Every event up to `asOf`. @throws {NotFound} when there is none, or no such version. */
  async history(id: string, asOf?: string): Promise<History> {
    return upTo(asOf, id, await this.#platform.store.read<DeploymentEvent>(deploymentStream(id)));
  }

  /** Where it stands, as stored by the read model: null where that has to be folded. */
  async storedSummary(id: string): Promise<StoredSummary | null> {
    return (await this.#summaries.get(id)) ?? null;
  }

  /** Where it stands; now, also with what came of it later; null where nothing is recorded. */
  async summary(history: History, asOf?: string): Promise<KnownSince | null> {
    const summary = summaryOf(history);
    if (summary === null || asOf !== undefined) return summary;
    const [known] = await withTakenBack(this.#platform.views, [summary]);
    return known ?? null;
  }

  /** As `history`, with whether the chain of hashes holds. @throws {NotFound} */
  async audited(id: string, asOf?: string): Promise<Audited> {
    const { store, digest } = this.#platform;
    const stored = await store.stored.read<DeploymentEvent>(deploymentStream(id));
    const history = stored.map((event) => store.upcast(event) as typeof event);
    return { history: upTo(asOf, id, history), firstBroken: brokenIn(stored, digest) };
  }

  /** @throws {NotFound} */
  async state(id: string): Promise<Exclude<DeploymentState, { status: 'none' }>> {
    const { state } = await this.#repository.load(id);
    if (state.status === 'none') throw new NoDeployment(id);
    return state;
  }

  /** Whether its end is recorded; one of which nothing is recorded has not ended. */
  async hasEnded(id: string): Promise<boolean> {
    return isEnded((await this.#repository.load(id)).state);
  }

  async #storedSummaries(ids: readonly string[]): Promise<ReadonlyMap<string, StoredSummary>> {
    const rows = await this.#platform.views.repliesOf(deploymentSummary.name, ids, 'statusVersion');
    return new Map(
      rows.flatMap(({ key, text, tag }) => (text === null ? [] : [[key, { text, statusVersion: Number(tag) }]])),
    );
  }

  /** @throws {Rejection} from the aggregate. */
  async do(id: string, command: DeploymentCommand, asked: Asked): Promise<void> {
    await this.#repository.handle(id, command, contextOf(asked, id));
  }
}

/** @throws {NotFound} where no event says anything of it */
export function existing<View>(id: string, view: View | null): View {
  if (view === null) throw new NoDeployment(id);
  return view;
}

function upTo(asOf: string | undefined, id: string, all: History): History {
  const last = all.at(-1);
  if (last === undefined) throw new NoDeployment(id);
  if (asOf === undefined) return all;
  if (/^\d+$/.test(asOf) && Number(asOf) > last.version)
    throw new NotFound(`deployment ${id} has no version ${asOf}; its last is ${last.version}`);
  const until = eventsAsOf(all, asOf);
  if (until.length === 0) throw new NotFound(`deployment ${id} did not exist as of ${asOf}`);
  return until;
}

/** The moment that `asOf` means: a version counts events of this stream alone, others are looked at as they were then. */
export function timeOf(asOf: string, history: History): string {
  return /^\d+$/.test(asOf) ? (history.at(-1)?.time ?? asOf) : asOf;
}
