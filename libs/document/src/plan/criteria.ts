import { z } from 'zod';
import { limitSchema } from './monitoring.ts';
import { sourceSchema, originSchema, dutySchema, evidenceSchema } from './values.ts';

/** Who or what proves a line: evidence that is read, a person's confirmation, or that it does not apply. */
export const proofSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('evidence'), evidence: evidenceSchema }),
  z.object({ kind: z.literal('manual'), duty: dutySchema }),
]);
export type Proof = z.infer<typeof proofSchema>;

export const documentationLineSchema = z.object({
  text: z.string(),
  proof: proofSchema,
  /** `(if …)`: a line without proof does not apply rather than being unmet. */
  optional: z.boolean().optional(),
  origin: originSchema,
  source: sourceSchema,
});
export type DocumentationLine = z.infer<typeof documentationLineSchema>;

export const relationSchema = z.object({
  text: z.string(),
  rule: z.discriminatedUnion('kind', [
    /** `range` is a semver range; an exact version is one too. */
    z.object({ kind: z.literal('deployment'), service: z.string(), range: z.string(), environment: z.string() }),
    z.object({ kind: z.literal('manual'), duty: dutySchema }),
  ]),
  source: sourceSchema,
});
export type Relation = z.infer<typeof relationSchema>;

/** Names of the twelve computed rules, in the order of the template, and three forms for other lines. */
export const criterionRuleSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tests-passed') }),
  z.object({ kind: z.literal('scans-passed') }),
  z.object({ kind: z.literal('validated-in-staging') }),
  z.object({ kind: z.literal('rollback-tested') }),
  z.object({ kind: z.literal('smoke-tests-tested') }),
  z.object({ kind: z.literal('dashboards-configured') }),
  z.object({ kind: z.literal('documentation-updated') }),
  z.object({ kind: z.literal('team-notified') }),
  z.object({ kind: z.literal('executed') }),
  z.object({ kind: z.literal('smoke-tests-passed') }),
  z.object({ kind: z.literal('no-critical-errors') }),
  z.object({ kind: z.literal('performance-acceptable') }),
  z.object({ kind: z.literal('limit'), limit: limitSchema }),
  z.object({ kind: z.literal('evidence'), evidence: evidenceSchema }),
  z.object({ kind: z.literal('manual'), duty: dutySchema }),
]);
export type CriterionRule = z.infer<typeof criterionRuleSchema>;

export const criterionSchema = z.object({
  text: z.string(),
  line: z.number().int().positive(),
  rule: criterionRuleSchema,
});
export type Criterion = z.infer<typeof criterionSchema>;
