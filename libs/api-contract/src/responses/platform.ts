import { z } from 'zod';
import { auditEntry } from './event.ts';
import { next, open, time } from './open.ts';

export const parked = open({
  messages: z.array(open({ id: z.string(), subject: z.string(), reason: z.string(), receivedAt: time, size: z.int() })),
  next,
});

export const rebuilt = open({ projection: z.string(), cursor: z.string().nullable() });

export const health = open({ status: z.literal('ok'), service: z.string() });

const indicators = z.record(
  z.string(),
  open({ status: z.enum(['up', 'down', 'degraded']), message: z.string().optional() }),
);

export const readiness = open({
  ...health.shape,
  info: indicators.describe('what is there; degraded: it is away, and the service works without it'),
  error: indicators.describe('what is missing; empty while the service is ready'),
  details: indicators.describe('both'),
});

const candidate = {
  kind: z.string().describe('such as workspace, backup, output'),
  id: z.string(),
  place: z.string().describe('the database, or the id of a data directory'),
  deployments: z.array(z.string()).describe('whose it is'),
  bytes: z.int(),
  count: z.int().optional().describe('how many things it stands for; absent: one'),
  modifiedAt: time,
  rule: z.string().describe('by which it goes, such as `workspace 30d`'),
};

export const prunable = open({
  items: z.array(open(candidate)),
  kept: z.array(open({ kind: z.string(), because: z.string(), count: z.int() })).describe('old enough, and needed'),
  partial: z.boolean().describe('there is more than one run looks at'),
});

export const pruned = open({
  items: z.array(
    open({ ...candidate, outcome: z.enum(['removed', 'absent', 'kept', 'failed']), why: z.string().optional() }),
  ),
  refused: z
    .array(open({ place: candidate.place, why: z.string() }))
    .describe(
      'where not all was removed that may go: another process prunes there, or a fault ended it; a problem if nothing was removed anywhere',
    ),
});

export const prunedOf = open({ entries: z.array(auditEntry) });
