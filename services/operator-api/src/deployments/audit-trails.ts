import { Inject, Injectable } from '@nestjs/common';
import { deploymentStream } from '@backstay/deployment';
import type { Digest, RecordedEvent } from '@backstay/event-sourcing';
import type { AuditEntry } from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { z } from 'zod';
import { NoDeployment, NotFound } from '@backstay/service-kit/http';
import { cursorOf, readCursor } from '../http/page-cursor.ts';
import { auditOf } from './audit-entries.ts';
import { brokenIn, type BrokenLink } from './deployments.ts';
import { batchesOf, pageOf } from './stream-pages.ts';

interface PageWanted {
  readonly asOf?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** As the first page found it over the whole stream, or in this page since; null: the chain is intact. */
  readonly firstBroken: BrokenLink | null;
  readonly next: string | null;
}

/** The last link of the page before, and what the first one found. */
const place = z.object({
  version: z.int().positive(),
  hash: z.string(),
  firstBroken: z.object({ version: z.int(), eventId: z.string() }).nullable(),
});

/** The audit trail of a deployment in pages: the first one verifies the whole chain of hashes, each later one its own links. */
@Injectable()
export class AuditTrails {
  readonly #store: Platform['store'];
  readonly #digest: Digest;

  constructor(@Inject(PLATFORM) { store, digest }: Pick<Platform, 'store' | 'digest'>) {
    this.#store = store;
    this.#digest = digest;
  }

  /** @throws {NotFound} @throws {InvalidCursor} */
  async page(id: string, { asOf, after, limit }: PageWanted): Promise<AuditPage> {
    const begun = after === undefined ? undefined : readCursor(place, after, 'after');
    const firstBroken = begun === undefined ? await this.verified(id, asOf) : begun.firstBroken;
    const part = { asOf, after: begun?.version ?? 0 };
    const { events, more } = await pageOf(this.#store.stored, deploymentStream(id), part, limit);
    if (begun === undefined && events.length === 0) throw new NotFound(`deployment ${id} did not exist as of ${asOf}`);
    const broken =
      firstBroken ?? (begun === undefined || isFiltered(asOf) ? null : brokenIn(events, this.#digest, begun));
    const last = events.at(-1);
    return {
      entries: await this.#entriesOf(id, events, broken),
      firstBroken: broken,
      next:
        more && last !== undefined ? cursorOf({ version: last.version, hash: last.hash, firstBroken: broken }) : null,
    };
  }

  /** All entries, page by page. @param firstBroken as `verified` found it */
  async *all(
    id: string,
    asOf: string | undefined,
    firstBroken: BrokenLink | null,
  ): AsyncGenerator<readonly AuditEntry[]> {
    const limit = 500;
    for (let after = 0, more = true; more;) {
      const page = await pageOf(this.#store.stored, deploymentStream(id), { asOf, after }, limit);
      yield await this.#entriesOf(id, page.events, firstBroken);
      after = page.events.at(-1)?.version ?? after;
      more = page.more;
    }
  }

  /** The first event of the whole stream whose hash does not hold. @throws {NotFound} when there is no such deployment or version */
  async verified(id: string, asOf?: string): Promise<BrokenLink | null> {
    let head = { version: 0, hash: '' };
    let broken: BrokenLink | null = null;
    for await (const batch of batchesOf(this.#store.stored, deploymentStream(id))) {
      broken ??= brokenIn(batch, this.#digest, head);
      head = batch.at(-1) ?? head;
    }
    if (head.version === 0) throw new NoDeployment(id);
    if (asOf !== undefined && /^\d+$/.test(asOf) && Number(asOf) > head.version)
      throw new NotFound(`deployment ${id} has no version ${asOf}; its last is ${head.version}`);
    return broken;
  }

  async #entriesOf(
    id: string,
    stored: readonly RecordedEvent[],
    firstBroken: BrokenLink | null,
  ): Promise<readonly AuditEntry[]> {
    const history = stored.map((event) => this.#store.upcast(event));
    const plan = firstBroken === null ? await this.#planBefore(id, history) : undefined;
    return auditOf({ history, firstBroken }, plan).entries;
  }

  /** What a plan is said to bring depends on the draft of it, which may stand in an earlier page. */
  async #planBefore(id: string, history: readonly RecordedEvent[]): Promise<RecordedEvent | undefined> {
    const planned = history.findIndex(({ type }) => type === 'DeploymentPlanned');
    if (planned === -1 || history.slice(0, planned).some(isDraft)) return undefined;
    const to = history[0]?.version ?? 1;
    for await (const batch of batchesOf(this.#store, deploymentStream(id), { asOf: String(to) })) {
      const draft = batch.find(isDraft);
      if (draft !== undefined) return draft;
    }
    return undefined;
  }
}

const isDraft = ({ type }: RecordedEvent): boolean => type === 'PlanDrafted';

/** With `asOf` a time, only some events are shown, so neighbours in a page may not be neighbours in the chain. */
const isFiltered = (asOf: string | undefined): boolean => asOf !== undefined && !/^\d+$/.test(asOf);
