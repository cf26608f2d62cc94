import { NotJson, readJson } from '@backstay/document';
import { z } from 'zod';
import { get, mebibytes, type Reply, type Fetch } from '../reply.ts';
import { parseNumber } from '../exposition.ts';
import { noData, unusable } from '../lacking.ts';

const point = z.tuple([z.number(), z.string()]);

const successSchema = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).optional(),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point })),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
  ]),
});
const failureSchema = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds. */
  readonly time: number;
}

export interface Result {
  readonly rows: readonly Row[];
  readonly raw: string;
}

const row = (labels: Row['labels'], [time, value]: z.infer<typeof point>): Row => ({
  labels,
  value: parseNumber(value),
  time: time * 1000,
});

function json({ status, text }: Reply): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof NotJson && error.isTooDeep) throw unusable(`HTTP ${status}: the reply ${error.message}`);
    throw unusable(`HTTP ${status}: the reply is not JSON`);
  }
}

/** @throws Lacking for an error that Prometheus or the wire reports */
export function bodyOf(reply: Reply): unknown {
  const body = json(reply);
  const failure = failureSchema.safeParse(body);
  if (failure.success) throw unusable(`HTTP ${reply.status}: ${failure.data.errorType}: ${failure.data.error}`);
  if (reply.status !== 200) throw unusable(`HTTP ${reply.status}`);
  return body;
}

/** @throws Lacking for an error, a warning, or a reply that is neither a vector nor a scalar */
function resultOf(reply: Reply): Result {
  const body = bodyOf(reply);
  const success = successSchema.safeParse(body);
  if (!success.success) throw unusable('the reply is neither a vector nor a scalar');
  const { data, warnings = [] } = success.data;
  if (warnings.length > 0) throw unusable(`warning: ${warnings.join('; ')}`);
  const rows =
    data.resultType === 'scalar' ? [row({}, data.result)] : data.result.map(({ metric, value }) => row(metric, value));
  return { rows, raw: reply.text.slice(0, 512) };
}

export interface Api {
  readonly url: string;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  /** How far a reply may lie behind the moment that was asked for. */
  readonly staleMs: number;
}

/**
 * An instant query, evaluated at `now` (ms).
 *
 * @throws Lacking
 */
export async function instantQuery(
  { url, fetch, timeoutMs, staleMs }: Api,
  query: string,
  now: number,
): Promise<Result> {
  const asked = `${url}?${new URLSearchParams({ query, time: String(now / 1000) }).toString()}`;
  const result = resultOf(await get(asked, { fetch, timeoutMs, accept: 'application/json', limitBytes: mebibytes(1) }));
  const stale = result.rows.find(({ time }) => !(time >= now - staleMs));
  if (stale) throw noData(`stale: the reply is of ${new Date(stale.time).toISOString()}`);
  return result;
}
