import { z } from 'zod';
import { comparedSchema } from './compared.ts';
import { sampleSchema } from './sample.ts';

const ruleSchema = z.object({
  id: z.string(),
  kind: z.enum(['threshold', 'trigger', 'criterion']),
  line: z.number().int().positive(),
  text: z.string(),
});

const common = z.object({
  rule: ruleSchema,
  metric: z.string(),
  quantile: z.number().optional(),
  unit: sampleSchema.shape.unit,
  windowMs: z.number(),
  /** First sample of the breach, or of the missing data. */
  since: z.string(),
  decidedAt: z.string(),
  shadow: z.boolean(),
  /** The samples it rests on, whole and in order, those that were no measurement among them. */
  samples: z.array(sampleSchema),
  /** How many samples from the middle were left out of `samples`; 0 nearly always. */
  omitted: z.number().int().nonnegative(),
  /** For people: "error rate was 9.8 % (limit 5 % for 5 s, line 142)". */
  sentence: z.string(),
});

/** A measured breach that lasted. */
export const degradedSchema = common.extend({
  decision: z.literal('degraded'),
  observed: z.number(),
  operator: z.enum(['>', '>=', '<', '<=', '=']),
  limit: z.number(),
  forMs: z.number(),
  baseline: z.object({ value: z.number(), samples: z.number(), ratio: z.number() }).optional(),
  comparison: comparedSchema.optional(),
  action: z.string().nullable(),
});
export type Degraded = z.infer<typeof degradedSchema>;

/** A metric that something depends on has said nothing for too long. */
export const noDataSchema = common.extend({
  decision: z.literal('no-data'),
  waitMs: z.number(),
  then: z.union([z.literal('fail'), z.templateLiteral(['ask:', z.string()])]),
  reason: z.string(),
});
export type NoData = z.infer<typeof noDataSchema>;

export const decisionSchema = z.discriminatedUnion('decision', [degradedSchema, noDataSchema]);
export type Decision = z.infer<typeof decisionSchema>;
