import { z } from 'zod';

/** The answers that scripts rely on: more fields may come, none of these goes. */
const time = z.iso.datetime();
const eventId = z.string();
const digestOf = z.string().describe('sha256:…');

export const problemShape = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string().optional(),
  errors: z
    .array(
      z.looseObject({
        detail: z.string(),
        pointer: z.string().optional(),
        file: z.string().optional(),
        parameter: z.string().optional(),
        line: z.int().optional(),
        column: z.int().optional(),
        code: z.string().optional(),
      }),
    )
    .optional(),
});

const problem = z.looseObject({
  line: z.int(),
  column: z.int(),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  suggestion: z.string().optional(),
  pointer: z.string().optional().describe('of a plan in JSON: where'),
});

const evidence = z.array(z.looseObject({ eventId, summary: z.string() }));

const overrides = z
  .array(
    z.looseObject({
      eventId,
      code: z.string(),
      subject: z.string(),
      message: z.string(),
      reason: z.string(),
      by: z.string(),
    }),
  )
  .describe('findings of the preflight that were overridden, each with who asked and why');

const outlook = z.looseObject({
  step: z.string(),
  backup: z.string().describe('the step that made it'),
  takenAt: time,
  dataLossMs: z.number().describe('the writes of this time, up to the restore, are lost'),
  acceptedMs: z.number().nullable().describe('what the document or the profile accepts'),
});

const restores = z
  .array(
    outlook.extend({
      restored: z.boolean(),
      dropped: z.array(z.string()).describe('what was made after the backup and is gone; the first hundred'),
      droppedCount: z.int(),
    }),
  )
  .describe('backups that its rollback puts back');

export const summaryShape = z.looseObject({
  id: z.string(),
  service: z.string().nullable(),
  version: z.string().nullable(),
  previousVersion: z.string().nullable(),
  environment: z.string().nullable(),
  kind: z.enum(['deployment', 'rollback', 'rehearsal']),
  of: z
    .string()
    .optional()
    .describe('of a rollback: the deployment that it takes back; `version` is what it goes back to'),
  rolledBackBy: z.string().optional().describe('the deployment of kind rollback that took this succeeded one back'),
  status: z.string(),
  held: z
    .looseObject({
      why: z.string(),
      code: z.string(),
      duty: z.string().nullable(),
      step: z.string().nullable(),
      until: time,
      ends: z.array(z.string()).describe('the commands that end it; none where it ends by itself'),
    })
    .optional(),
  problemCount: z.int().optional().describe('of one that was rejected; the chain of `why` has them all'),
  phase: z.enum(['planning', 'execution', 'verification', 'monitoring', 'rollback']),
  streamVersion: z.int(),
  statusVersion: z.int(),
  requestedAt: time,
  finishedAt: time.optional(),
  requestedBy: z.string(),
  planDigest: digestOf.nullable(),
  steps: z.looseObject({ done: z.int(), total: z.int() }),
  reason: z.string().optional(),
  restores: restores.optional(),
  overrides: overrides.optional(),
  sentence: z.string().describe('the state in words, with what was overridden'),
});

export const listShape = z.looseObject({ deployments: z.array(summaryShape), next: z.string().nullable() });

export const planShape = z.looseObject({
  digest: digestOf,
  plan: z.looseObject({}),
  restores: z.array(outlook).optional().describe('backups that its rollback puts back, once that is planned'),
});
const blocker = z.looseObject({ code: z.string(), message: z.string(), line: z.int().optional() });
export const dryRunShape = planShape.extend({
  commit: z.looseObject({ sha: z.string(), authors: z.array(z.string()), time }).nullable(),
  bindings: z
    .looseObject({ from: z.enum(['repository', 'request']), file: z.string() })
    .nullable()
    .describe('which bindings were used; null: none'),
  warnings: z.array(problem),
  blockers: z
    .array(
      blocker.extend({
        effect: z.enum(['held', 'rejected']).describe('whether a request would wait for it, or be rejected'),
        opens: time.optional(),
        overridable: z.literal(true).optional(),
      }),
    )
    .describe('what blocks it now'),
  overridden: z.array(blocker.extend({ reason: z.string() })),
  unknown: z.array(blocker).describe('what could not be looked at, and may block all the same'),
  preflight: z
    .array(z.looseObject({ phase: z.string(), message: z.string() }))
    .describe('what only the preflight can tell'),
});
export const lintShape = z.looseObject({ ok: z.boolean(), problems: z.array(problem) });

export const documentShape = z.looseObject({
  title: z.string(),
  sentence: z.string(),
  source: z
    .string()
    .nullable()
    .describe('Markdown: of the request, of the deployment that is taken back, or of the plan that came instead'),
  note: z.string().optional().describe("whence the source is, where it is not the request's own"),
  overrides,
  verdicts: z.array(
    z.looseObject({ line: z.int(), kind: z.string(), verdict: z.string(), text: z.string(), evidence }),
  ),
});

export const stepsShape = z.looseObject({
  steps: z.array(z.looseObject({ id: z.string(), title: z.string(), status: z.string() })),
});

export const auditTrailShape = z.looseObject({
  entries: z.array(
    z.looseObject({
      eventId,
      version: z.int(),
      position: z.int(),
      cursor: z.string(),
      time,
      type: z.string(),
      actor: z.looseObject({ kind: z.string(), name: z.string() }),
      by: z.string().describe('who it was, in words; what is only claimed is marked'),
      summary: z.string(),
      causationId: eventId.nullable(),
      correlationId: z.string(),
      hash: z.string(),
      data: z.unknown(),
    }),
  ),
  intact: z.boolean().describe('whether the chain of hashes holds over the whole stream, whatever asOf says'),
  firstBroken: z
    .looseObject({ version: z.int(), eventId })
    .nullable()
    .describe('the first fact whose hash does not follow from what is recorded; null when intact'),
});

export const criteriaShape = z.looseObject({
  criteria: z.array(
    z.looseObject({
      text: z.string(),
      line: z.int(),
      verdict: z.enum(['met', 'unmet', 'waiting', 'unknown']),
      reason: z.string(),
      evidence,
    }),
  ),
  overrides,
});

export const whyShape = z.looseObject({
  status: z.string(),
  sentence: z.string(),
  chain: z
    .array(z.looseObject({ eventId, type: z.string(), time, summary: z.string(), because: eventId.nullable() }))
    .describe('newest first; a rejection has `problems`, a failed step the `output` that is recorded of it'),
});

export const measurementsShape = z.looseObject({
  metrics: z.array(
    z.looseObject({
      metric: z.string(),
      quantile: z.number().optional(),
      samples: z.array(
        z.looseObject({ time, value: z.number().nullable(), verdict: z.string(), latencyMs: z.number() }),
      ),
    }),
  ),
});

export const environmentShape = z.looseObject({
  service: z.string(),
  environment: z.string(),
  uncertain: z.string().nullable().describe('the deployment that ended half way, after which nobody knows what runs'),
  unverified: z
    .string()
    .nullable()
    .describe('the deployment whose rollback put back what runs and could not verify it'),
  unknown: z
    .looseObject({
      deployment: z.string(),
      version: z.string().nullable(),
      outcome: z.string().nullable(),
      recorded: z.string().nullable(),
      why: z.string().nullable(),
    })
    .nullable(),
  overrides,
  sentence: z.string().describe('the same in words'),
});
export const environmentsShape = z.looseObject({
  environments: z.array(environmentShape),
  next: z.string().nullable(),
});

export const parkedShape = z.looseObject({
  messages: z.array(
    z.looseObject({ id: z.string(), subject: z.string(), reason: z.string(), receivedAt: time, size: z.int() }),
  ),
  next: z.string().nullable(),
});

export const rebuiltShape = z.looseObject({ projection: z.string(), cursor: z.string().nullable() });
export const healthShape = z.looseObject({ status: z.literal('ok') });
