import { z } from 'zod';
import { proxyNameSchema } from '../plan/values.ts';
import { stepKind } from './kind.ts';

const schema = z.object({
  kind: z.literal('weights'),
  proxy: z.literal('haproxy'),
  socket: z.string(),
  backend: proxyNameSchema,
  weights: z.record(z.string(), z.number()),
});

export type Weights = z.infer<typeof schema>;

/** Known only in derived rollbacks: the servers of a backend get the weights (0 to 256) that they had. */
export const weights = stepKind<Weights>({
  schema,
  fields: { proxy: 'fixed', socket: 'effect-handler', backend: 'effect-handler', weights: 'effect-handler' },
  isPerformedIn: () => false,
  describe: ({ backend, weights: before }) =>
    `put back the weights of backend ${backend}: ${Object.entries(before)
      .map(([server, weight]) => `${server} ${weight}`)
      .join(', ')}`,
});
