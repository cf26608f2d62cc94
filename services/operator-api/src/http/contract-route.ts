import { routes } from '@backstay/api-contract';
import { contractRouteFrom } from '@backstay/service-kit/http';
import { UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency-interceptor.ts';

/** Decorates the handler of a route of the API; a POST may be repeated by its key. */
export const ContractRoute = contractRouteFrom(routes, ({ method }) =>
  method === 'POST' ? [UseInterceptors(IdempotencyInterceptor)] : [],
);
