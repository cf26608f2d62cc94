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
  z.object({
    kind: z.literal('value'),
    path: z.string(),
    operator: comparisonSchema,
    value: z.json(),
    /** The value as JSON text, where a number in it is held by no double; `value` is null then. */
    written: z.string().optional(),
  }),
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

/**
 * What the deployer does: `place` puts the release beside the old one, `configure` writes its environment file, `activate`
 * switches, restarts and waits for readiness.
 */
export const deployPartSchema = z.enum(['place', 'configure', 'activate']);
export type DeployPart = z.infer<typeof deployPartSchema>;

export const sectionSchema = z.enum(['smoke-tests', 'critical-flows', 'health-checks', 'dashboards', 'documentation']);
export type Section = z.infer<typeof sectionSchema>;

/** What names a backend or a server of a proxy. */
export const proxyNameSchema = z.string().regex(/^[\w.:-]+$/);

/** `any`: it is not known which; else the URLs of the databases, as backups and dependencies write them. */
export const changedDatabasesSchema = z.union([z.literal('any'), z.array(z.string()).min(1)]);
export type ChangedDatabases = z.infer<typeof changedDatabasesSchema>;

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

/** How a step is undone where its `Undo:` line says it: by commands, or not at all. */
export type WrittenUndo = { kind: 'run'; commands: Command[]; shell: boolean } | { kind: 'none' };
