import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CommandContext } from '@backstay/event-sourcing';
import { headerOf, type Request } from '@backstay/service-kit/http';
import { principalOf } from '../auth/access-guard.ts';
import { actorOf, type Principal } from '../auth/principal.ts';
import { keyOf } from '../http/idempotency-interceptor.ts';

/** The metadata of a command from a request: who sent it, its idempotency key, its trace. */
export interface Asked {
  readonly by: Principal;
  /** The `Idempotency-Key`, where there is one. */
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Asked => {
  const request = context.switchToHttp().getRequest<Request>();
  return {
    by: principalOf(request),
    key: keyOf(request),
    traceparent: headerOf(request, 'traceparent'),
    at: new Date().toISOString(),
  };
});

/** The source of identities that this caller's keys are unique in. */
export const sourceOf = ({ by }: Asked): string => `http:${by.name}`;

/** The same key is the same command, also when the reply to the first one was lost with the process. */
export function contextOf(asked: Asked, correlation: string): CommandContext {
  const { by, key, traceparent, at } = asked;
  return {
    ...(key !== undefined && { commandId: `${sourceOf(asked)}/${key}` }),
    time: at,
    actor: actorOf(by),
    correlation,
    ...(traceparent !== undefined && { traceparent }),
  };
}
