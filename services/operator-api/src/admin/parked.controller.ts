import { Controller, Req } from '@nestjs/common';
import { ParkedMessages } from '@backstay/postgres';
import { z } from 'zod';
import { HttpReply, Input, type InputOf, type ReplyTo, type Request } from '@backstay/service-kit/http';
import { cursorOf, readCursor } from '../http/page-cursor.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';

/** What the cursor of a page holds: the id of its last message. */
const lastOfPage = z.string();

/** Messages that came over the bus and that nobody could read. */
@Controller()
export class ParkedController {
  constructor(private readonly parked: ParkedMessages) {}

  @ContractRoute('listParked')
  async list(
    @Input() { query: { cursor, limit } }: InputOf<'listParked'>,
    @Req() { url }: Request,
  ): Promise<ReplyTo<'listParked'>> {
    const after = cursor === undefined ? null : readCursor(lastOfPage, cursor, 'cursor');
    const found = await this.parked.list(limit + 1, after);
    const messages = found.slice(0, limit);
    const last = messages.at(-1);
    const next = found.length > limit && last !== undefined ? cursorOf(last.id) : null;
    return new HttpReply({ messages, next }, nextLink(url, next));
  }
}
