import { Controller, Req } from '@nestjs/common';
import { ParkedMessages } from '@backstay/postgres';
import { HttpReply } from '../http/http-reply.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';

/** Messages that came over the bus and that nobody could read. */
@Controller()
export class ParkedController {
  constructor(private readonly parked: ParkedMessages) {}

  @ContractRoute('listParked')
  async list(
    @Input() { query: { cursor, limit } }: InputOf<'listParked'>,
    @Req() { url }: Request,
  ): Promise<HttpReply> {
    const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString('utf8');
    const found = await this.parked.list(limit + 1, after);
    const messages = found.slice(0, limit);
    const last = messages.at(-1);
    const next = found.length > limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null;
    return new HttpReply({ messages, next }, nextLink(url, next));
  }
}
