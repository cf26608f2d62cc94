import { z } from 'zod';
import { smokeTestSchema, healthCheckSchema } from './checks.ts';
import { environmentVariableSchema, secretSchema, dependencySchema } from './configuration.ts';
import { documentationLineSchema, relationSchema, criterionSchema } from './criteria.ts';
import { monitoringSchema, triggerSchema } from './monitoring.ts';
import { actionSchema, undoSchema } from '../steps/lookup.ts';
import {
  changedDatabasesSchema,
  clauseSchema,
  commandSchema,
  effectClassSchema,
  onFailureSchema,
  originSchema,
  requestSchema,
  sourceSchema,
  stageSchema,
} from './values.ts';

export const stepSchema = z.object({
  /** `pre.1`, `deploy.3`, `post.2`, `rollback.1` */
  id: z.string(),
  stage: stageSchema,
  number: z.number().int().positive(),
  title: z.string(),
  action: actionSchema,
  /** The origin of the action's meaning. */
  origin: originSchema,
  undo: undoSchema.optional(),
  expected: z.array(clauseSchema),
  onFailure: onFailureSchema,
  retry: z.object({ times: z.number().int().positive(), everyMs: z.number() }).optional(),
  timeoutMs: z.number(),
  waitUntil: z.object({ command: commandSchema, withinMs: z.number() }).optional(),
  onlyIn: z.array(z.string()).optional(),
  effect: effectClassSchema,
  probe: commandSchema.optional(),
  irreversible: z.boolean(),
  mutates: z.boolean(),
  /** The databases that it changes: what a backup of them is restored for. Absent: none. */
  changesDatabase: changedDatabasesSchema.optional(),
  directory: z.string().optional(),
  source: sourceSchema,
});
export type Step = z.infer<typeof stepSchema>;

export const rollbackSchema = z.object({
  triggers: z.array(triggerSchema),
  /** Empty: the undo of every completed step, in inverse order. */
  steps: z.array(stepSchema),
  estimatedMs: z.number().optional(),
  timeoutMs: z.number(),
  dataLossMs: z.number().nullable(),
});
export type RollbackPlan = z.infer<typeof rollbackSchema>;

/** What the deployer needs from profile and bindings to act; frozen with the plan. */
export const deliverySchema = z.object({
  deployer: z.string(),
  hosts: z.array(z.string()),
  root: z.string(),
  /** The command that serves the release, from bindings `start`. */
  start: commandSchema,
  ready: requestSchema,
  keepReleases: z.number().int().positive(),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const planSchema = z.object({
  /** The version of the language in which its document was read. */
  grammar: z.number().int().positive(),
  service: z.string(),
  version: z.string(),
  environment: z.string(),
  procedureDigest: z.string(),
  repository: z.string().optional(),
  ref: z.string().optional(),
  /** The exact commit that planning resolved. */
  commit: z.string().optional(),
  scope: z.object({
    cloudProvider: z.string().optional(),
    region: z.string().optional(),
    zone: z.string().optional(),
    cluster: z.string().optional(),
    namespace: z.string().optional(),
    windows: z.array(z.string()),
    /** All that the document is for; absent where it is for the plan's `environment` alone. */
    environments: z.array(z.string()).min(2).optional(),
  }),
  baseUrl: z.string().nullable(),
  delivery: deliverySchema.nullable(),
  steps: z.array(stepSchema),
  environmentVariables: z.array(environmentVariableSchema),
  secrets: z.array(secretSchema),
  dependencies: z.array(dependencySchema),
  smokeTests: z.array(smokeTestSchema),
  healthChecks: z.array(healthCheckSchema),
  monitoring: monitoringSchema,
  rollback: rollbackSchema,
  documentation: z.array(documentationLineSchema),
  blockedBy: z.array(relationSchema),
  blocks: z.array(relationSchema),
  acceptanceCriteria: z.array(criterionSchema),
  /** channel -> destination, secrets as references (`webhook <secret: TEAM_HOOK>`); log channels are `log`. */
  channels: z.record(z.string(), z.string()),
  /** host:port patterns that documents may call in this environment. */
  allow: z.array(z.string()),
  /** Whether unattested evidence satisfies a criterion here. */
  acceptsUnattested: z.boolean(),
  queue: z.enum(['fifo', 'latest']),
  /** Folders beside the releases and the source tree whose log files may be read, by the profile; absent: none. */
  logFolders: z.array(z.string()).optional(),
  /** The user that steps run as, by the profile; absent: the platform's default. */
  runAs: z.string().optional(),
  /** Codes of preflight findings that a request may override here with a reason; absent: none. */
  overridable: z.array(z.string()).optional(),
  /** What a version passes through before this environment, by the profile's order; absent: the usual development, staging, production. */
  earlierEnvironments: z.array(z.string()).optional(),
});
export type Plan = z.infer<typeof planSchema>;
