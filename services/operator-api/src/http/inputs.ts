import { deployRequestSchema } from '@backstay/deployment';
import { z } from 'zod';

/** Text of one line: what a database or a header could not hold never gets that far. */
const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'expected text without control characters');

const reason = z.string('a reason is needed').trim().min(1, 'a reason is needed').max(2000);
const time = z.iso.datetime({ offset: true, error: 'expected a time as in RFC 3339' });

/** `asOf`: digits are a version of the stream, RFC 3339 is a time. */
export const asOfQuery = z.object({
  asOf: z
    .union([z.string().regex(/^\d{1,9}$/), time], 'expected a stream version in digits or a time as in RFC 3339')
    .optional(),
});

const longestPage = 200;
const pageSize = z.coerce.number().int().min(1).max(longestPage);

const paging = { cursor: line(2000).optional(), limit: pageSize.default(50) };

export const deploymentsQuery = z.object({
  service: line(200).optional(),
  environment: line(200).optional(),
  status: line(200).optional(),
  version: line(200).optional(),
  since: time.optional(),
  until: time.optional(),
  ...paging,
});

export const pagingQuery = z.object(paging);

/** Few fleets need a second page. */
export const environmentsQuery = z.object({ ...paging, limit: pageSize.default(longestPage) });

export const requestQuery = z.object({
  environment: line(63).optional(),
  version: line(200).optional(),
});

export const streamQuery = z.object({
  deployment: line(100).optional(),
  after: line(200).optional(),
});

export const reasonBody = z.strictObject({ reason });

export const confirmBody = z.strictObject({
  /** The line of a criterion, or the id of a step. */
  item: z.union([z.int().positive(), line(100)], 'expected the line of a criterion or the id of a step'),
  reason,
});

export const resolveBody = z.strictObject({ outcome: z.enum(['completed', 'failed', 'retry']), reason });

export const adoptBody = z.strictObject({ version: line(200), reason: reason.optional() });

export const liftBody = z.strictObject({ version: line(200), reason });

export const lintBody = z
  .strictObject({
    document: z.string().max(262_144, 'expected at most 256 KiB of Markdown').optional(),
    plan: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(
    ({ document, plan }) => (document === undefined) !== (plan === undefined),
    'expected exactly one of `document` and `plan`',
  );

/** Of a dry run alone: bindings that the deployed repository does not have, or not yet. */
const bindings = z.strictObject({
  file: line(4096).describe('its name, for what is told of it'),
  text: z.string().max(262_144, 'expected at most 256 KiB of YAML'),
  instead: z
    .boolean()
    .default(false)
    .describe("whether they stand in for the repository's own; else they count only where the repository is not read"),
});

export const dryRunBody = deployRequestSchema.safeExtend({ bindings: bindings.optional() });

/** Markdown, sent as it is. */
export const markdown = z.string().min(1, 'expected a document').max(262_144, 'expected at most 256 KiB of Markdown');

export const idempotencyKey = line(200);

/** Names and ids in paths: whatever else stands there names nothing. */
export const pathName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/);
