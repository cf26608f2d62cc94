import { z } from 'zod';
import { smokeTestSchema, healthCheckSchema } from './checks.ts';
import { environmentVariableSchema, secretSchema, dependencySchema } from './configuration.ts';
import { documentationLineSchema, relationSchema, criterionSchema } from './criteria.ts';
import { monitoringSchema, triggerSchema } from './monitoring.ts';
import {
  sourceSchema,
  originSchema,
  clauseSchema,
  commandSchema,
  requestSchema,
  dutySchema,
  evidenceSchema,
  deployPartSchema,
  sectionSchema,
  revertPartSchema,
  onFailureSchema,
  effectClassSchema,
  stageSchema,
  undoSchema,
} from './values.ts';

/** What names a backend or a server of a proxy. */
const proxyNameSchema = z.string().regex(/^[\w.:-]+$/);

export const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), commands: z.array(commandSchema).min(1), shell: z.boolean() }),
  z.object({ kind: z.literal('checkout'), repository: z.string(), ref: z.string(), into: z.string() }),
  z.object({ kind: z.literal('backup'), engine: z.literal('postgresql'), urls: z.array(z.string()).min(1) }),
  z.object({
    kind: z.literal('restore'),
    engine: z.literal('postgresql'),
    step: z.string(),
    dataLossMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('request'), request: requestSchema }),
  z.object({ kind: z.literal('evidence'), evidence: evidenceSchema }),
  z.object({ kind: z.literal('deploy'), deployer: z.string(), parts: z.array(deployPartSchema).min(1) }),
  z.object({
    kind: z.literal('traffic'),
    /** Of new requests, 0 to 1, to the server `target`; the backend's other servers share the rest. */
    share: z.number().min(0).max(1),
    target: proxyNameSchema,
    proxy: z.literal('haproxy'),
    /** Of the proxy's runtime API: the path of a socket, or `host:port`. */
    socket: z.string(),
    backend: proxyNameSchema,
  }),
  /** Known only in derived rollbacks: the servers of a backend get the weights (0 to 256) that they had. */
  z.object({
    kind: z.literal('weights'),
    proxy: z.literal('haproxy'),
    socket: z.string(),
    backend: proxyNameSchema,
    weights: z.record(z.string(), z.number()),
  }),
  z.object({ kind: z.literal('notify'), channel: z.string(), about: z.enum(['window', 'rollback', 'step']) }),
  z.object({ kind: z.literal('wait'), ms: z.number() }),
  z.object({ kind: z.literal('manual'), duty: dutySchema }),
  z.object({ kind: z.literal('section'), section: sectionSchema }),
  /** `version`: the one that the document names as the previous. */
  z.object({ kind: z.literal('revert'), part: revertPartSchema, version: z.string().optional() }),
  /** A line whose binding is missing and that says `(if applicable)`: recorded as skipped, with the reason. */
  z.object({ kind: z.literal('not-applicable'), why: z.string() }),
]);
export type Action = z.infer<typeof actionSchema>;
export type ActionKind = Action['kind'];

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
  /** Codes of preflight findings that a request may override here with a reason; absent: none. */
  overridable: z.array(z.string()).optional(),
  /** What a version passes through before this environment, by the profile's order; absent: the usual development, staging, production. */
  earlierEnvironments: z.array(z.string()).optional(),
});
export type Plan = z.infer<typeof planSchema>;
