import { Controller, Inject } from '@nestjs/common';
import { routes, urlOf, type Deployment } from '@backstay/api-contract';
import { restoreToCome, summaryOf } from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { HttpReply, Input, type InputOf, type ReplyTo } from '@backstay/service-kit/http';
import { plannable } from '../documents/plannable.ts';
import { mustBeRehearsable } from '../documents/rehearsable.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { Visibility } from '../run/visibility.ts';
import { AskedBy, type Asked } from './asked.ts';
import { Confirmations } from './confirmations.ts';
import { Deployments, existing } from './deployments.ts';
import { Requests } from './requests.ts';
import { Rollbacks } from './rollbacks.ts';

/** What people ask for: each returns where the deployment stands then, as soon as queries show it too. */
@Controller()
export class CommandsController {
  constructor(
    private readonly deployments: Deployments,
    private readonly requests: Requests,
    private readonly rollbacks: Rollbacks,
    private readonly confirmations: Confirmations,
    private readonly visibility: Visibility,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @ContractRoute('requestDeployment')
  async request(
    @Input() { body: request }: InputOf<'requestDeployment'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'requestDeployment'>> {
    plannable(request, this.platform.digest);
    await mustBeRehearsable(request, this.platform);
    return this.#created(await this.requests.deployment(request, asked));
  }

  @ContractRoute('rollBack')
  async rollBack(
    @Input() { params: { id }, body: { reason } }: InputOf<'rollBack'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'rollBack'>> {
    const { id: rollbackId, restores, notRestored } = await this.rollbacks.start(id, reason, asked);
    return this.#created(rollbackId, {
      ...(restores.length === 0 ? {} : { restores: restores.map(restoreToCome) }),
      ...(notRestored.length === 0 ? {} : { notRestored: [...notRestored] }),
    });
  }

  @ContractRoute('cancel')
  async cancel(
    @Input() { params: { id }, body: { reason } }: InputOf<'cancel'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'cancel'>> {
    await this.deployments.do(id, { type: 'CancelDeployment', reason, by: asked.by.name, at: asked.at }, asked);
    return this.#reply(id);
  }

  @ContractRoute('confirm')
  async confirm(
    @Input() { params: { id }, body: { item, reason } }: InputOf<'confirm'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'confirm'>> {
    await this.confirmations.confirm(id, item, reason, asked);
    return this.#reply(id);
  }

  @ContractRoute('resolveStep')
  async resolve(
    @Input() { params: { id, step }, body: { outcome, reason } }: InputOf<'resolveStep'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'resolveStep'>> {
    await this.confirmations.resolve(id, step, outcome, reason, asked);
    return this.#reply(id);
  }

  #created(id: string, more: Partial<Deployment> = {}): Promise<HttpReply<Deployment>> {
    return this.#reply(id, more, { location: urlOf(routes.getDeployment, { params: { id } }) });
  }

  async #reply(
    id: string,
    more: Partial<Deployment> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpReply<Deployment>> {
    const history = await this.deployments.history(id);
    const summary = existing(id, summaryOf(history));
    return new HttpReply({ ...summary, ...more }, { ...headers, ...(await this.visibility.headerFor(history)) });
  }
}
