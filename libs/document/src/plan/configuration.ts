import { z } from 'zod';
import { sourceSchema, originSchema, commandSchema } from './values.ts';

/** `value`: written in the document; `secret`: a reference, resolved in the performing process; `provided`: must come from the environment. */
export const environmentVariableSchema = z.object({
  name: z.string(),
  from: z.enum(['value', 'secret', 'provided']),
  value: z.string().optional(),
  secret: z.string().optional(),
  hint: z
    .string()
    .refine((text) => !/>\s+#/.test(text), 'expected a hint without “> #”, where a comment begins')
    .optional(),
  source: sourceSchema,
});
export type EnvironmentVariable = z.infer<typeof environmentVariableSchema>;

export const secretSchema = z.object({
  title: z.string(),
  names: z.array(z.string()),
  origin: originSchema,
  source: sourceSchema,
});
export type Secret = z.infer<typeof secretSchema>;

/**
 * How a declared dependency is checked: a live version, a URL that must respond, a CDN distribution, another service's running
 * version, or a command that exits 0.
 */
export const dependencySchema = z.object({
  title: z.string(),
  check: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('postgresql'), minimum: z.string(), url: z.string() }),
    z.object({ kind: z.literal('redis'), minimum: z.string(), url: z.string() }),
    z.object({ kind: z.literal('url'), url: z.string() }),
    /** Asked of the CloudFront API; `url`: where that is, when the profile names another place. */
    z.object({ kind: z.literal('cloudfront'), distribution: z.string(), url: z.string().optional() }),
    z.object({ kind: z.literal('service'), service: z.string(), range: z.string() }),
    z.object({ kind: z.literal('command'), command: commandSchema }),
  ]),
  origin: originSchema,
  source: sourceSchema,
});
export type Dependency = z.infer<typeof dependencySchema>;
