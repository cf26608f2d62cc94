import { Controller, Inject } from '@nestjs/common';
import { restoreToCome, summaryOf } from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { plannable } from '../documents/plannable.ts';
import { mustBeRehearsable } from '../documents/rehearsable.ts';
import { Answer } from '../http/answer.ts';
import { Input, type InputOf } from '../http/input.ts';
import { Serves } from '../http/serves.ts';
import { Visibility } from '../run/visibility.ts';
import { AskedBy, type Asked } from './asked.ts';
import { Confirmations } from './confirmations.ts';
import { Deployments } from './deployments.ts';
import { Requests } from './requests.ts';
import { Rollbacks } from './rollbacks.ts';

/** What people ask for: each answers with where the deployment stands then, as soon as queries show it too. */
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

  @Serves('requestDeployment')
  async request(@Input() { body: request }: InputOf<'requestDeployment'>, @AskedBy() asked: Asked): Promise<Answer> {
    plannable(request, this.platform.digest);
    await mustBeRehearsable(request, this.platform);
    return this.#created(await this.requests.deployment(request, asked));
  }

  @Serves('rollBack')
  async rollBack(
    @Input() { params: { id }, body: { reason } }: InputOf<'rollBack'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    const { id: rollbackId, restores } = await this.rollbacks.start(id, reason, asked);
    return this.#created(rollbackId, restores.length === 0 ? {} : { restores: restores.map(restoreToCome) });
  }

  @Serves('cancel')
  async cancel(
    @Input() { params: { id }, body: { reason } }: InputOf<'cancel'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.deployments.do(id, { type: 'CancelDeployment', reason, by: asked.by.name, at: asked.at }, asked);
    return this.#answer(id);
  }

  @Serves('confirm')
  async confirm(
    @Input() { params: { id }, body: { item, reason } }: InputOf<'confirm'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.confirmations.confirm(id, item, reason, asked);
    return this.#answer(id);
  }

  @Serves('resolveStep')
  async resolve(
    @Input() { params: { id, step }, body: { outcome, reason } }: InputOf<'resolveStep'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.confirmations.resolve(id, step, outcome, reason, asked);
    return this.#answer(id);
  }

  #created(id: string, more: object = {}): Promise<Answer> {
    return this.#answer(id, more, { location: `/v1/deployments/${id}` });
  }

  async #answer(id: string, more: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const history = await this.deployments.history(id);
    return new Answer(
      { ...summaryOf(history), ...more },
      { ...headers, ...(await this.visibility.headerFor(history)) },
    );
  }
}
