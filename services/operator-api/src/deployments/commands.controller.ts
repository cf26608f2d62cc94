import { Body, Controller, Inject, Param, Query } from '@nestjs/common';
import { deployRequestSchema, type DeployRequest } from '@backstay/deployment';
import { restoreToCome, summaryOf } from '@backstay/projections';
import type { Platform } from '@backstay/service-kit';
import type { z } from 'zod';
import { plannable } from '../documents/plannable.ts';
import { mustBeRehearsable } from '../documents/rehearsable.ts';
import { Answer } from '../http/answer.ts';
import { confirmBody, markdown, reasonBody, requestQuery, resolveBody } from '../http/inputs.ts';
import { Serves } from '../http/serves.ts';
import { checked, valid } from '../http/valid.ts';
import { Visibility } from '../run/visibility.ts';
import { PLATFORM } from '../tokens.ts';
import { AskedBy, type Asked } from './asked.ts';
import { Confirmations } from './confirmations.ts';
import { Deployments } from './deployments.ts';
import { Requests } from './requests.ts';
import { Rollbacks } from './rollbacks.ts';

type Reason = z.infer<typeof reasonBody>;

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
  async request(
    @Body() body: unknown,
    @Query(valid(requestQuery, 'parameter')) query: z.infer<typeof requestQuery>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    const request = requestOf(body, query);
    plannable(request, this.platform.digest);
    await mustBeRehearsable(request, this.platform);
    return this.#created(await this.requests.deployment(request, asked));
  }

  @Serves('rollBack')
  async rollBack(
    @Param('id') id: string,
    @Body(valid(reasonBody)) { reason }: Reason,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    const { id: acting, restores } = await this.rollbacks.start(id, reason, asked);
    return this.#created(acting, restores.length === 0 ? {} : { restores: restores.map(restoreToCome) });
  }

  @Serves('cancel')
  async cancel(
    @Param('id') id: string,
    @Body(valid(reasonBody)) { reason }: Reason,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.deployments.do(id, { type: 'CancelDeployment', reason, by: asked.by.name, at: asked.at }, asked);
    return this.#answer(id);
  }

  @Serves('confirm')
  async confirm(
    @Param('id') id: string,
    @Body(valid(confirmBody)) { item, reason }: z.infer<typeof confirmBody>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.confirmations.confirm(id, item, reason, asked);
    return this.#answer(id);
  }

  @Serves('resolveStep')
  async resolve(
    @Param('id') id: string,
    @Param('step') step: string,
    @Body(valid(resolveBody)) { outcome, reason }: z.infer<typeof resolveBody>,
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

/** JSON says everything itself; Markdown is the document, and the query the rest. */
function requestOf(body: unknown, query: z.infer<typeof requestQuery>): DeployRequest {
  if (typeof body !== 'string') return checked(deployRequestSchema, body);
  return checked(deployRequestSchema, { document: checked(markdown, body), ...query });
}
