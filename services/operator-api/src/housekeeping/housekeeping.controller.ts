import { Controller, Inject } from '@nestjs/common';
import { parseStreamName } from '@backstay/event-sourcing';
import { auditTrail } from '@backstay/projections';
import { PLATFORM, type Candidate, type Platform, type Pruned, type Survey } from '@backstay/service-kit';
import { Conflict, Input, type InputOf, type ReplyTo } from '@backstay/service-kit/http';
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
    const items: Pruned[] = [];
    for (const housekeeper of await this.housekeepers.all()) {
      const pruned = await housekeeper.prune(actorOf(by));
      if (pruned === null) throw new Conflict('pruning', `another process prunes ${housekeeper.place} now`);
      items.push(...pruned);
    }
    return { items };
  }

  @ContractRoute('getPruned')
  async pruned(@Input() { params: { id } }: InputOf<'getPruned'>): Promise<ReplyTo<'getPruned'>> {
    await this.deployments.state(id);
    const { store } = this.platform;
    const events = [];
    for (let page = await store.readCorrelated(id, null, pageSize); page.length > 0;) {
      events.push(...page.filter(({ stream }) => parseStreamName(stream).category === 'housekeeping'));
      const last = page.at(-1)?.cursor ?? null;
      page = page.length < pageSize ? [] : await store.readCorrelated(id, last, pageSize);
    }
    return auditTrail(events);
  }
}
