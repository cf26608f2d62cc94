import { z } from 'zod';
import { eventId, next, open, time } from './open.ts';

const actor = open({
  kind: z.enum(['person', 'service', 'system']),
  name: z.string(),
  claimed: z.boolean().optional().describe('nobody proved the name'),
});

const data = z.record(z.string(), z.unknown()).describe("the event's own data, as it is recorded");

/** An event with all that its hash covers, so that a reader can fold it and check the chain. */
const recorded = {
  eventId,
  stream: z.string(),
  version: z.int().describe('its number in its stream'),
  position: z.int().describe('for reading, never for paging'),
  cursor: z.string().describe('names its place among all events'),
  time,
  type: z.string(),
  actor,
  by: z.string().describe('who it was, as text; what is only claimed is marked'),
  summary: z.string(),
  causationId: eventId.nullable(),
  correlationId: z.string(),
  hash: z.string(),
  data,
};

export const auditEntry = open(recorded).meta({ id: 'AuditEntry' });

export const auditTrail = open({
  entries: z.array(auditEntry),
  intact: z.boolean().describe('whether the chain of hashes holds over the whole stream, whatever asOf says'),
  firstBroken: open({ version: z.int(), eventId })
    .nullable()
    .describe('the first event whose hash does not follow from what is recorded; null when intact'),
  next,
});

/** The JSON in the `data` of each event of the live stream. */
export const streamEvent = open(recorded).meta({ id: 'StreamEvent' });
