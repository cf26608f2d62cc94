import { z } from 'zod';

/**
 * The typed plan: what a deployment document means once every line has been given a meaning.
 * Values are normalised: milliseconds, ratios (5% is 0.05), bytes. Every node that comes from a line of the
 * document carries `source.line`; digests leave `source` out.
 */

export const sourceSchema = z.object({ line: z.number().int().positive() });
export type Source = z.infer<typeof sourceSchema>;

/** Where the meaning of a line comes from; `document` unless a known phrase took it from elsewhere. */
export const originSchema = z.enum(['document', 'bindings', 'profile', 'default']);
export type Origin = z.infer<typeof originSchema>;

export const comparisonSchema = z.enum(['>', '>=', '<', '<=', '=']);
export type Comparison = z.infer<typeof comparisonSchema>;

/** One comma-separated clause of an `Expected:` line; one table serves commands, requests and smoke tests. */
export const clauseSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exit'), code: z.number().int() }),
  z.object({ kind: z.literal('output-contains'), text: z.string() }),
  z.object({ kind: z.literal('within'), ms: z.number() }),
  z.object({ kind: z.literal('status'), status: z.number().int(), reason: z.string().optional() }),
  z.object({ kind: z.literal('returns'), what: z.enum(['jwt', 'json', 'data']), path: z.string().optional() }),
  z.object({ kind: z.literal('value'), path: z.string(), operator: comparisonSchema, value: z.json() }),
  z.object({ kind: z.literal('count'), path: z.string(), operator: comparisonSchema, value: z.number() }),
  z.object({ kind: z.literal('header'), name: z.string(), operator: comparisonSchema, value: z.string() }),
  z.object({ kind: z.literal('body-contains'), text: z.string() }),
]);
export type Clause = z.infer<typeof clauseSchema>;

/** A command as written and as split by shell-words rules. `${NAME}` is substituted later, inside one argument. */
export const commandSchema = z.object({ text: z.string(), argv: z.array(z.string()).min(1) });
export type Command = z.infer<typeof commandSchema>;

/** An HTTP request; `path` may be absolute (`http://…`) or relative to the base URL. */
export const requestSchema = z.object({
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});
export type Request = z.infer<typeof requestSchema>;

export const dutySchema = z.object({ verb: z.enum(['approved', 'confirmed', 'not-applicable']), duty: z.string() });
export type Duty = z.infer<typeof dutySchema>;

/** Proof that is read and judged; nothing is run. */
export const evidenceSchema = z.discriminatedUnion('reader', [
  z.object({ reader: z.literal('junit'), glob: z.string() }),
  z.object({ reader: z.literal('sarif'), glob: z.string() }),
  z.object({ reader: z.literal('commit-touches'), path: z.string() }),
  z.object({ reader: z.literal('url'), url: z.string() }),
  /**
   * Finds none of the literal or regular expression `patterns` outside of `allow`, in files, in what a command prints and in what Loki
   * holds; relative files are looked up in the running release, then in the workspace.
   */
  z.object({
    reader: z.literal('log'),
    files: z.array(z.string()),
    patterns: z.array(z.string()),
    allow: z.array(z.string()),
    command: commandSchema.optional(),
    loki: z
      .object({ url: z.string(), query: z.string(), headers: z.record(z.string(), z.string()).optional() })
      .optional(),
  }),
  z.object({ reader: z.literal('deployed-in'), environment: z.string() }),
  z.object({ reader: z.literal('rollback-rehearsed'), withinMs: z.number() }),
]);
export type Evidence = z.infer<typeof evidenceSchema>;

/** What the deployer does: `place` puts the release beside the old one, `configure` writes its environment file, `activate` switches, restarts and waits for readiness. */
export const deployPartSchema = z.enum(['place', 'configure', 'activate']);
export type DeployPart = z.infer<typeof deployPartSchema>;

export const sectionSchema = z.enum(['smoke-tests', 'critical-flows', 'health-checks', 'dashboards', 'documentation']);
export type Section = z.infer<typeof sectionSchema>;

/** `revert` is known only in rollback steps: stop the new release's intake, undo the recorded steps, switch back. */
export const revertPartSchema = z.enum(['stop-new', 'previous-version', 'restart']);
export type RevertPart = z.infer<typeof revertPartSchema>;

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

/** `ask:DUTY` names who decides. */
export const onFailureSchema = z.union([
  z.enum(['stop', 'continue', 'rollback']),
  z.templateLiteral(['ask:', z.string()]),
]);
export type OnFailure = z.infer<typeof onFailureSchema>;

export const effectClassSchema = z.enum(['idempotent', 'keyed', 'reattachable', 'opaque']);
export type EffectClass = z.infer<typeof effectClassSchema>;

export const stageSchema = z.enum(['pre', 'deploy', 'post', 'rollback']);
export type Stage = z.infer<typeof stageSchema>;

/** How a step is undone: a command of the document or bindings, the deployer's own inverse of the named parts, or the weights that were before. */
export const undoSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), commands: z.array(commandSchema).min(1), shell: z.boolean() }),
  z.object({ kind: z.literal('deployer'), parts: z.array(deployPartSchema).min(1) }),
  z.object({ kind: z.literal('weights') }),
  z.object({ kind: z.literal('none') }),
]);
export type Undo = z.infer<typeof undoSchema>;

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

/** `value`: written in the document; `secret`: a reference, resolved in the performing process; `provided`: must come from the environment. */
export const environmentVariableSchema = z.object({
  name: z.string(),
  from: z.enum(['value', 'secret', 'provided']),
  value: z.string().optional(),
  secret: z.string().optional(),
  hint: z.string().optional(),
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

/** How a declared dependency is checked: a live version, a URL that must answer, a CDN distribution, another service's running version, or a command that exits 0. */
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
    /** Proof of the served version: what `path` answers at `jsonPath` equals the deployed version. */
    z.object({ kind: z.literal('version'), request: requestSchema, jsonPath: z.string() }),
  ]),
  origin: originSchema,
  source: sourceSchema,
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** The closed table of metric names; other names are those of `promql` fences. */
export const builtInMetricSchema = z.enum([
  'request-rate',
  'error-rate',
  'response-time',
  'cpu',
  'memory',
  'database-connections',
  'queue-depth',
]);
export const unitSchema = z.enum(['ratio', 'ms', 'bytes', 'count', 'per-second']);
export type Unit = z.infer<typeof unitSchema>;

export const metricSchema = z.object({
  /** A built-in name or that of a promql fence. */
  metric: z.string(),
  quantile: z.number().gt(0).lt(1).optional(),
  unit: unitSchema,
  /** PromQL that defines or overrides the metric. */
  query: z.string().optional(),
  /** `(if applicable)`: a metric that has no series is not applicable rather than missing. */
  optional: z.boolean(),
  source: sourceSchema,
});
export type Metric = z.infer<typeof metricSchema>;

/** `rollback`, `page`, `warn` or `notify:CHANNEL` */
export const alertActionSchema = z.union([
  z.enum(['rollback', 'page', 'warn']),
  z.templateLiteral(['notify:', z.string()]),
]);
export type AlertAction = z.infer<typeof alertActionSchema>;

export const limitSchema = z.object({
  metric: z.string(),
  quantile: z.number().gt(0).lt(1).optional(),
  operator: comparisonSchema,
  value: z.number(),
  unit: unitSchema,
  /** How long the breach must last. */
  forMs: z.number(),
  /** The window of rates and quantiles. */
  overMs: z.number(),
  /** Names of the times about which the document is silent. */
  defaulted: z.array(z.string()).optional(),
});
export type Limit = z.infer<typeof limitSchema>;

export const thresholdSchema = limitSchema.extend({ action: alertActionSchema, source: sourceSchema });
export type Threshold = z.infer<typeof thresholdSchema>;

export const metricSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scrape'), url: z.string() }),
  z.object({ kind: z.literal('prometheus'), url: z.string() }),
]);
export type MetricSource = z.infer<typeof metricSourceSchema>;

export const monitoringSchema = z.object({
  source: metricSourceSchema.nullable(),
  watchMs: z.number(),
  everyMs: z.number(),
  baselineMs: z.number(),
  /** Valid ticks per metric; gates a pass only. */
  minimumSamples: z.number().int(),
  /** Requests within a window; gates a breach of a rate or quantile. */
  minimumRequests: z.number().int(),
  mode: z.enum(['active', 'shadow']),
  onNoData: z.object({
    waitMs: z.number(),
    then: z.union([z.literal('fail'), z.templateLiteral(['ask:', z.string()])]),
  }),
  metrics: z.array(metricSchema),
  thresholds: z.array(thresholdSchema),
  /** Denominators of CPU and memory ratios; null where neither profile nor cgroup gives one. */
  limits: z.object({ cores: z.number().nullable(), memoryBytes: z.number().nullable() }),
  dashboards: z.array(z.string()),
  /** Log evidence read over the watch window; null where no line or binding names logs. */
  logs: evidenceSchema.nullable(),
  /** Names of the values about which the document is silent, so that profile or defaults gave them. */
  defaulted: z.array(z.string()).optional(),
});
export type Monitoring = z.infer<typeof monitoringSchema>;

export const triggerSchema = z.object({
  text: z.string(),
  rule: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('smoke-tests') }),
    z.object({ kind: z.literal('limit'), limit: limitSchema }),
    z.object({ kind: z.literal('critical-flow') }),
    /** An alerting rule of the metric source, by its name. */
    z.object({ kind: z.literal('alert'), alert: z.string().min(1) }),
    /** p95 or p99 above baseline × (1 + ratio) */
    z.object({
      kind: z.literal('degradation'),
      ratio: z.number(),
      forMs: z.number(),
      overMs: z.number(),
      defaulted: z.array(z.string()).optional(),
    }),
    z.object({ kind: z.literal('manual') }),
  ]),
  mode: z.enum(['active', 'shadow']),
  source: sourceSchema,
});
export type Trigger = z.infer<typeof triggerSchema>;

export const rollbackSchema = z.object({
  triggers: z.array(triggerSchema),
  /** Empty: the undo of every completed step, in inverse order. */
  steps: z.array(stepSchema),
  estimatedMs: z.number().optional(),
  timeoutMs: z.number(),
  dataLossMs: z.number().nullable(),
});
export type RollbackPlan = z.infer<typeof rollbackSchema>;

/** Who or what proves a line: evidence that is read, a person's word, or that it does not apply. */
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
