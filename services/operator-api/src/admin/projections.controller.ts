import { Controller, Inject } from '@nestjs/common';
import { expectedOneOf } from '@backstay/document';
import type { Projection } from '@backstay/event-sourcing';
import { Closing, PLATFORM, type Platform } from '@backstay/service-kit';
import { Input, type InputOf, NotFound, type ReplyTo } from '@backstay/service-kit/http';
import { ContractRoute } from '../http/contract-route.ts';
import { PROJECTIONS } from '../tokens.ts';

@Controller()
export class ProjectionsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(PROJECTIONS) private readonly projections: readonly Projection[],
    private readonly closing: Closing,
  ) {}

  @ContractRoute('rebuildProjection')
  async rebuild(@Input() { params: { name } }: InputOf<'rebuildProjection'>): Promise<ReplyTo<'rebuildProjection'>> {
    const projection = this.projections.find((each) => each.name === name);
    if (projection === undefined)
      throw new NotFound(`there is no projection ${name}; ${expectedOneOf(this.projections.map((each) => each.name))}`);
    const { views, store } = this.platform;
    await views.rebuild(projection, store, { signal: this.closing.signal });
    return { projection: name, cursor: await views.checkpoint(name) };
  }
}
