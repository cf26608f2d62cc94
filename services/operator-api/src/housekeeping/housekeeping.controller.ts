import { Controller, Inject } from '@nestjs/common';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { auditTrail } from '@backstay/projections';
import {
  PLATFORM,
  pruneEverywhere,
  type Candidate,
  type Platform,
  type PrunedPlace,
  type Survey,
} from '@backstay/service-kit';
import { Conflict, Input, problemOf, type InputOf, type ReplyTo } from '@backstay/service-kit/http';
import { actorOf } from '../auth/principal.ts';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { Deployments } from '../deployments/deployments.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { Housekeepers } from './housekeepers.ts';

const pageSize = 500;

/** What is no longer needed, and what was removed of it. */
@Controller()
export class HousekeepingController {
  constructor(
    private readonly housekeepers: Housekeepers,
    private readonly deployments: Deployments,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @ContractRoute('listPrunable')
  async prunable(): Promise<ReplyTo<'listPrunable'>> {
    const surveys: Survey[] = [];
    for (const housekeeper of await this.housekeepers.all()) surveys.push(await housekeeper.survey());
    return {
      items: surveys.flatMap(({ candidates }) => candidates),
      kept: surveys.flatMap(({ kept }) => kept),
      partial: surveys.some(({ isPartial }) => isPartial),
    } satisfies { items: Candidate[]; kept: Survey['kept']; partial: boolean };
  }

  @ContractRoute('prune')
  async prune(@Input() _input: InputOf<'prune'>, @AskedBy() { by }: Asked): Promise<ReplyTo<'prune'>> {
    const places = await pruneEverywhere(await this.housekeepers.all(), actorOf(by));
    const items = places.flatMap(({ pruned }) => pruned);
    const refused = places.flatMap((each) => this.#refusalOf(each));
    if (items.length > 0 || refused.length === 0) return { items, refused };
    const faulted = places.find(({ fault }) => fault !== undefined);
    if (faulted !== undefined) throw faulted.fault?.error;
    throw new Conflict('pruning', refused.map(({ why }) => why).join('; '), { refused });
  }

  /** Why not everything was removed there that may go. */
  #refusalOf({ place, isBusy, fault }: PrunedPlace): readonly { readonly place: string; readonly why: string }[] {
    if (isBusy) return [{ place, why: `another process prunes ${place} now` }];
    if (fault === undefined) return [];
    this.platform.logger.error({ err: fault.error, place }, 'pruning met a fault');
    return [{ place, why: `pruning ${place} met a fault: ${problemOf(fault.error, '').detail}` }];
  }

  @ContractRoute('getPruned')
  async pruned(@Input() { params: { id } }: InputOf<'getPruned'>): Promise<ReplyTo<'getPruned'>> {
    await this.deployments.state(id);
    const { store } = this.platform;
    const events: RecordedEvent[] = [];
    let page: readonly RecordedEvent[];
    do {
      page = await store.readCorrelated(id, events.at(-1)?.cursor ?? null, pageSize, { category: 'housekeeping' });
      events.push(...page);
    } while (page.length === pageSize);
    return auditTrail(events);
  }
}
