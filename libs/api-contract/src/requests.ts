import { deployRequestSchema } from '@backstay/deployment/request';
import { expectation } from '@backstay/document/issue-message';
import { z } from 'zod';
import { headerNames } from './headers.ts';
import { statuses } from './responses/deployment.ts';

/** Text of one line: what a database or a header could not hold never gets that far. */
const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'expected text without control characters');

const reason = z
  .string({ error: ({ input }) => (input === undefined ? 'a reason is needed' : undefined) })
  .trim()
  .min(1, 'a reason is needed')
  .max(2000);

const aTime = 'a time as in RFC 3339, such as 2026-01-31T12:00:00Z';
const time = z.iso.datetime({ offset: true, error: ({ input }) => expectation(aTime, input) });

/** Decimal digits as a URL has them, without sign, point, exponent or leading zeros; a client may pass a number. */
const digits = /^(0|[1-9]\d{0,8})$/;
function count(most: number) {
  const error = {
    error: ({ input }: { readonly input?: unknown }) =>
      expectation(`a number from 1 to ${most} in decimal digits`, input),
  };
  const fromText = (given: string | number) =>
    typeof given === 'string' && digits.test(given) ? Number(given) : given;
  return z.preprocess(fromText, z.int(error).min(1, error).max(most, error));
}

/** What a parameter names, as messages call it. A deployment's id may be cut short wherever it is one. */
type Noun = 'deployment' | 'step' | 'event' | 'service' | 'environment' | 'projection';
const named = z.registry<{ readonly noun: Noun }>();

/** What a parameter names; undefined: nothing that there is or is not. */
export const nounOf = (parameter: z.core.$ZodType | undefined): Noun | undefined =>
  parameter && named.get(parameter)?.noun;

/** Names and ids in paths: anything else names nothing. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/);
const nameOf = (noun: Noun, description: string) => name.describe(description).register(named, { noun });
const plainNameOf = (noun: Noun, pattern = name) => pattern.clone().register(named, { noun });
const environmentName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_:@-]{0,199}$/);

export const ofDeployment = z.strictObject({
  id: nameOf('deployment', 'the id, or the beginning of it that no other has'),
});
export const ofStep = ofDeployment.extend({ step: nameOf('step', 'such as deploy.3') });
export const ofEvidence = ofDeployment.extend({ evidence: nameOf('event', 'the id of an event, or of a step') });
export const ofEnvironment = z.strictObject({
  service: plainNameOf('service'),
  environment: plainNameOf('environment', environmentName),
});
export const ofProjection = z.strictObject({ name: plainNameOf('projection') });

export const noQuery = z.strictObject({});

export const asOfQuery = z.strictObject({
  asOf: z
    .union([z.string().regex(digits), time], {
      error: ({ input }) => expectation(`a stream version in decimal digits or ${aTime}`, input),
    })
    .describe('digits are a version of the stream, else a time as in RFC 3339')
    .optional(),
});

/** Of one stream: what is folded from it costs more than a row of a list, what is only listed less. */
const eventPage = { limit: count(1_000), after: line(400).optional() };

export const auditTrailQuery = asOfQuery.extend({
  limit: eventPage.limit
    .optional()
    .describe('entries of a page; of JSON by default 1000; NDJSON and CSV are whole where it is absent'),
  after: eventPage.after.describe('`next` of the page before'),
});

export const measurementsQuery = asOfQuery.extend({
  limit: eventPage.limit.prefault(1_000).describe('ticks of a page, of which each has a sample of every metric'),
  after: eventPage.after.describe('`next` of the page before'),
});

const longestPage = 200;
const pageSize = count(longestPage);

const paging = { cursor: line(2000).optional(), limit: pageSize.prefault(50) };

export const deploymentsQuery = z.strictObject({
  service: line(200).optional(),
  environment: line(200).optional(),
  status: z.enum(statuses).optional(),
  version: line(200).optional(),
  since: time.optional(),
  until: time.optional(),
  ...paging,
});

/** What a page shows already, where its client can set no header. */
const shown = line(100).optional();

export const pageQuery = z.strictObject({ shown });

export const listPageQuery = deploymentsQuery.extend({ shown });

export const pagingQuery = z.strictObject(paging);

/** Few fleets need a second page. */
export const environmentsQuery = z.strictObject({ ...paging, limit: pageSize.prefault(longestPage) });

export const requestQuery = z.strictObject({
  environment: line(63).optional(),
  version: line(200).optional(),
});

export const streamQuery = z.strictObject({
  deployment: line(100).optional().register(named, { noun: 'deployment' }),
  after: line(200).optional(),
});

export const reasonBody = z.strictObject({ reason });

export const confirmBody = z.strictObject({
  item: z
    .union([z.int().positive(), line(100)], {
      error: ({ input }) => expectation('the line of a criterion or the id of a step', input),
    })
    .describe('the line of a criterion, or the id of a step'),
  reason,
});

export const resolveBody = z.strictObject({ outcome: z.enum(['completed', 'failed', 'retry']), reason });

export const adoptBody = z.strictObject({ version: line(200), reason: reason.optional() });

export const liftBody = z.strictObject({ version: line(200), reason });

/** Markdown, sent as it is. */
export const markdown = z.string().min(1, 'expected a document').max(262_144, 'expected at most 256 KiB of Markdown');

export const lintBody = z
  .strictObject({
    document: z.string().max(262_144, 'expected at most 256 KiB of Markdown').optional(),
    plan: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(
    ({ document, plan }) => (document === undefined) !== (plan === undefined),
    'expected exactly one of `document` and `plan`',
  );

export const deployBody = deployRequestSchema;

/** Of a dry run alone: bindings that the deployed repository does not have, or not yet. */
const bindings = z.strictObject({
  file: line(4096).describe('its name, for messages about it'),
  text: z.string().max(262_144, 'expected at most 256 KiB of YAML'),
  instead: z
    .boolean()
    .default(false)
    .describe("whether they stand in for the repository's own; else they count only where the repository is not read"),
});

export const dryRunBody = deployRequestSchema.safeExtend({ bindings: bindings.optional() });

export const idempotencyKey = line(200).describe(
  'The same key with the same request gets the same response and has no second effect.',
);

export const ifNoneMatch = z.string().describe('the ETag of what the caller has already');

export const resuming = z.strictObject({
  [headerNames.lastEventId]: line(400)
    .optional()
    .describe('the id of the last event that was received: what comes behind it follows without a gap'),
});
