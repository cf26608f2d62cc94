import { z } from 'zod';
import { sourceSchema, originSchema, clauseSchema, requestSchema, onFailureSchema } from './values.ts';

export const smokeTestSchema = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  request: requestSchema,
  expect: z.array(clauseSchema),
  /** capture name -> JSONPath; values are secrets and are never recorded. Later flows read `${smoke.N.NAME}`, and `${NAME}` in bindings. */
  captures: z.record(z.string(), z.string()),
  retry: z.object({ times: z.number().int().positive(), everyMs: z.number() }).optional(),
  timeoutMs: z.number(),
  onFailure: onFailureSchema,
  /** Names of what bindings say of it rather than the document: `body`, `headers.NAME`. */
  bound: z.array(z.string()).optional(),
  source: sourceSchema,
});
export type SmokeTest = z.infer<typeof smokeTestSchema>;

export const healthCheckSchema = z.object({
  title: z.string(),
  check: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('request'), request: requestSchema }),
    z.object({ kind: z.literal('database'), url: z.string() }),
    z.object({ kind: z.literal('cache'), url: z.string() }),
    z.object({ kind: z.literal('url'), url: z.string() }),
    /** Proof of the served version: what `path` returns at `jsonPath` equals the deployed version. */
    z.object({ kind: z.literal('version'), request: requestSchema, jsonPath: z.string() }),
  ]),
  origin: originSchema,
  source: sourceSchema,
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;
