import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { principalOf } from './access-guard.ts';
import type { Request } from '../http/exchange.ts';

/** The one who asks, as the guard knows them. */
export const Asker = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<Request>()),
);
