import { localServer, type LocalServer } from '@backstay/guarded-io/testing';

/** `time` in milliseconds since 1970 */
export type LokiEntry = { time: number; line: string; pod?: string };

/** `tenant`: whose lines these are; `authorization`: what a proxy before Loki asks for; `most`: lines in a reply, whatever is asked. */
export type LokiServer = { tenant?: string; authorization?: string; most?: number };

/**
 * A double of Loki's HTTP API, not Loki: `query_range` of one selector, `start` included and `end` not, the oldest `limit` lines first,
 * grouped by stream, as the published API says.
 */
export function lokiDouble(
  selector: string,
  entries: () => LokiEntry[],
  { tenant, authorization, most = Infinity }: LokiServer = {},
): Promise<LocalServer> {
  return localServer({
    'GET /loki/api/v1/query_range': ({ url, headers }, response) => {
      if (headers.authorization !== authorization || (tenant !== undefined && headers['x-scope-orgid'] === undefined)) {
        response.statusCode = 401;
        return 'no org id';
      }
      const asked = new URL(url!, 'http://loki').searchParams;
      const query = asked.get('query') ?? '';
      if (!/^\{.+\}$/.test(query)) {
        response.statusCode = 400;
        return 'parse error at line 1, col 1: syntax error';
      }
      const [start, end] = [BigInt(asked.get('start')!), BigInt(asked.get('end')!)];
      const within = entries()
        .map((entry) => ({ ...entry, at: BigInt(entry.time) * 1_000_000n }))
        .filter(({ at }) => headers['x-scope-orgid'] === tenant && query === selector && at >= start && at < end)
        .sort((a, b) => Number(a.at - b.at));
      const page = within.slice(0, Math.min(Number(asked.get('limit') ?? 100), most));
      const pods = [...new Set(page.map(({ pod = 'a' }) => pod))];
      const result = pods.map((name) => ({
        stream: { app: 'orders-api', pod: name },
        values: page.filter(({ pod = 'a' }) => pod === name).map(({ at, line }) => [`${at}`, line]),
      }));
      response.setHeader('content-type', 'application/json');
      return { status: 'success', data: { resultType: 'streams', result, stats: {} } };
    },
  });
}
