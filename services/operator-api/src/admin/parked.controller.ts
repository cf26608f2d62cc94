import { Controller, Inject, Query, Req } from '@nestjs/common';
import type { Platform } from '@backstay/service-kit';
import type { z } from 'zod';
import { Answer } from '../http/answer.ts';
import type { Request } from '../http/exchange.ts';
import { pagingQuery } from '../http/inputs.ts';
import { nextLink } from '../http/page-link.ts';
import { Serves } from '../http/serves.ts';
import { valid } from '../http/valid.ts';
import { PLATFORM } from '../tokens.ts';

/** Messages that came over the bus and that nobody could read. */
@Controller()
export class ParkedController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Serves('listParked')
  async list(
    @Query(valid(pagingQuery, 'parameter')) { cursor, limit }: z.infer<typeof pagingQuery>,
    @Req() { url }: Request,
  ): Promise<Answer> {
    const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString('utf8');
    const found = await this.platform.parked.list(limit + 1, after);
    const messages = found.slice(0, limit);
    const last = messages.at(-1);
    const next = found.length > limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null;
    return new Answer({ messages, next }, nextLink(url, next));
  }
}
