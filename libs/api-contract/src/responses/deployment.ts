import { activeStatuses, endings } from '@backstay/deployment/state';
import type { Plan } from '@backstay/document';
import type { LineVerdict, Status, StepView } from '@backstay/projections';
import { z } from 'zod';
import { eventId, next, open, planDigest, time } from './open.ts';

export const statuses = [...activeStatuses, 'held', ...endings] as const satisfies readonly Status[];

const phase = z.enum(['planning', 'execution', 'verification', 'monitoring', 'rollback']);

/** A problem of a document, or of a plan in JSON. */
export const documentProblem = open({
  file: z.string().optional().describe('another file than the document'),
  of: z.literal('request').optional().describe('no line of the document is wrong'),
  line: z.int(),
  column: z.int(),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  suggestion: z.string().optional(),
  pointer: z.string().optional().describe('of a plan in JSON: where'),
}).meta({ id: 'DocumentProblem' });

const evidence = z.array(open({ eventId, summary: z.string() }));

export const override = open({
  eventId,
  code: z.string(),
  subject: z.string(),
  message: z.string(),
  reason: z.string(),
  by: z.string(),
}).meta({ id: 'Override' });

export const overrides = z
  .array(override)
  .describe('findings of the preflight that were overridden, each with who asked and why');

const outlookFields = {
  step: z.string(),
  backup: z.string().describe('the step that made it'),
  takenAt: time,
  dataLossMs: z.number().describe('the writes of this time, up to the restore, are lost'),
  acceptedMs: z.number().nullable().describe('what the document or the profile accepts'),
  databases: z.array(z.string()).optional().describe('the databases that are put back; absent: all of the backup'),
};
const outlook = open(outlookFields);

const restore = open({
  ...outlookFields,
  restored: z.boolean(),
  dropped: z.array(z.string()).describe('what was made after the backup and is gone; the first hundred'),
  droppedCount: z.int(),
});

const notRestored = open({
  step: z.string(),
  backup: z.string().describe('the step that made it'),
  databases: z.array(z.string()).optional().describe('the databases that stay as they are; absent: all of the backup'),
  reason: z.string(),
});

const progress = open({ done: z.int(), total: z.int() });

const held = open({
  why: z.string(),
  code: z.string(),
  duty: z.string().nullable().describe('who may end it; null where it ends by itself'),
  step: z.string().nullable(),
  until: time,
  ends: z.array(z.string()).describe('the commands that end it; none where it ends by itself'),
});

export const summary = open({
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
  status: z.enum(statuses),
  held: held.optional(),
  problemCount: z.int().optional().describe('of one that was rejected; the chain of `why` has them all'),
  phase,
  streamVersion: z.int(),
  statusVersion: z.int(),
  requestedAt: time,
  finishedAt: time.optional(),
  requestedBy: z.string(),
  planDigest: planDigest.nullable(),
  steps: progress,
  rollbackSteps: progress.optional().describe('from the moment at which a rollback was planned'),
  rollback: open({
    trigger: z.string(),
    measuredMs: z.number().nullable().describe('null while it goes on'),
    estimatedMs: z.number().nullable(),
  })
    .optional()
    .describe('from the moment at which a rollback was triggered: by what, and how long it took'),
  reason: z.string().optional(),
  restores: z.array(restore).optional().describe('backups that its rollback puts back'),
  notRestored: z
    .array(notRestored)
    .optional()
    .describe('backups that its rollback leaves where they are, since nothing that is recorded changed the database'),
  overrides: overrides.optional(),
  sentence: z.string().describe('the state as a sentence, with what was overridden'),
}).meta({ id: 'Deployment' });

export const deployments = open({ deployments: z.array(summary), next });

/** As docs/schemas/plan.schema.json describes it. */
const plan = open({}).describe('the plan, as docs/schemas/plan.schema.json describes it') as unknown as z.ZodType<Plan>;

const commit = open({
  sha: z.string(),
  authors: z.array(z.string()),
  time: z.iso.datetime({ offset: true }),
});

export const frozenPlan = open({
  digest: planDigest,
  plan,
  commit: commit.nullish(),
  warnings: z.array(documentProblem).optional(),
  restores: z.array(outlook).optional().describe('backups that its rollback puts back, once that is planned'),
  notRestored: z.array(notRestored).optional().describe('backups that it leaves where they are, once that is planned'),
});

const blockerFields = { code: z.string(), message: z.string(), line: z.int().optional() };

export const dryRun = open({
  digest: planDigest,
  plan,
  commit: commit.nullable(),
  bindings: open({ from: z.enum(['repository', 'request']), file: z.string() })
    .nullable()
    .describe('which bindings were used; null: none'),
  warnings: z.array(documentProblem),
  blockers: z
    .array(
      open({
        ...blockerFields,
        effect: z.enum(['held', 'rejected']).describe('whether a request would wait for it, or be rejected'),
        opens: time.optional(),
        overridable: z.literal(true).optional(),
      }),
    )
    .describe('what blocks it now'),
  overridden: z.array(open({ ...blockerFields, reason: z.string() })),
  unknown: z.array(open(blockerFields)).describe('what could not be looked at, and may block all the same'),
  preflight: z
    .array(open({ phase: z.enum(['execution', 'verification', 'monitoring']), message: z.string() }))
    .describe('what only the preflight can find out'),
});

export const lintReport = open({ ok: z.boolean(), problems: z.array(documentProblem) });

export const document = open({
  title: z.string(),
  sentence: z.string(),
  source: z
    .string()
    .nullable()
    .describe('Markdown: of the request, of the deployment that is taken back, or of the plan that came instead'),
  note: z.string().optional().describe("where the source comes from, where it is not the request's own"),
  overrides,
  verdicts: z.array(
    open({
      line: z.int(),
      kind: z.string() as unknown as z.ZodType<LineVerdict['kind']>,
      verdict: z.string(),
      text: z.string(),
      evidence,
    }),
  ),
});

const attempt = open({
  attempt: z.int(),
  host: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  outcome: z.enum(['succeeded', 'failed', 'interrupted', 'unknown']).nullable().describe('null while it runs'),
  reason: z.string().nullable(),
  output: open({ tail: z.string(), bytes: z.int(), sha256: z.string(), truncated: z.boolean() }).nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
});

export const steps = open({
  steps: z.array(
    open({
      id: z.string(),
      stage: z.enum(['pre', 'deploy', 'post', 'rollback']),
      number: z.int(),
      title: z.string(),
      action: open({ kind: z.string() }) as unknown as z.ZodType<StepView['action']>,
      line: z.int(),
      status: z.enum([
        'pending',
        'not-reached',
        'running',
        'succeeded',
        'failed',
        'interrupted',
        'unknown',
        'skipped',
        'retrying',
      ]),
      reason: z.string().nullable(),
      attempts: z.array(attempt),
    }),
  ),
});

export const criteria = open({
  criteria: z.array(
    open({
      text: z.string(),
      line: z.int(),
      verdict: z.enum(['met', 'unmet', 'waiting', 'unknown']),
      reason: z.string(),
      evidence,
    }),
  ),
  overrides,
});

const sampleFields = {
  time,
  value: z.number().nullable(),
  verdict: z.string(),
  latencyMs: z.number(),
  reason: z.string().nullish(),
};

export const why = open({
  status: z.enum(statuses),
  sentence: z.string(),
  chain: z
    .array(
      open({
        eventId,
        type: z.string(),
        time,
        summary: z.string(),
        because: eventId.nullable(),
        samples: z
          .array(open({ ...sampleFields, metric: z.string() }))
          .optional()
          .describe('the samples that decided'),
        problems: z
          .array(
            documentProblem.extend({
              override: z.string().optional().describe('what would let the next request pass in spite of it'),
            }),
          )
          .optional()
          .describe('of a rejection'),
        output: z.string().optional().describe('of a failed step whose output is recorded: its id'),
      }),
    )
    .describe('newest first'),
}).nullable();

const threshold = open({
  kind: z.enum(['threshold', 'trigger']),
  operator: z.enum(['>', '>=', '<', '<=', '=']),
  value: z.number(),
  unit: z.string(),
  forMs: z.number(),
  action: z.unknown(),
  line: z.int(),
  text: z.string(),
});

export const measurements = open({
  metrics: z.array(
    open({
      metric: z.string(),
      quantile: z.number().optional(),
      unit: z.string(),
      windowMs: z.number(),
      threshold: threshold.optional().describe("the document's first limit on it"),
      thresholds: z.array(threshold),
      baseline: z.number().optional().describe('what was normal before the deployment, in `unit`'),
      breaches: z.array(
        open({
          eventId,
          type: z.enum(['AlertRaised', 'DegradationDetected', 'RollbackWithheld']),
          time,
          sentence: z.string(),
          observed: z.number().nullable(),
          limit: z.number().nullable(),
        }),
      ),
      samples: z.array(open(sampleFields)),
    }),
  ),
  next,
});
