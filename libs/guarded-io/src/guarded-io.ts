import { plainHost, type Plan } from '@backstay/document';
import { allowList } from './http/allow-list.ts';
import { HttpProblem } from './http/errors.ts';
import { checkedAddresses, guardedFetch, systemResolve, type GuardedFetch } from './http/guarded-fetch.ts';
import { systemReason } from './http/system-errors.ts';
import { guardedServer, type GuardedServer } from './servers/guarded-server.ts';
import { readXml, type ReadXml } from './xml.ts';

/** The outside world as one plan may touch it. A craft takes of it what it needs, by a type of its own. */
export interface GuardedIo {
  readonly fetch: GuardedFetch;
  /** The URL of a database or a cache. */
  readonly server: GuardedServer;
  /** The address of a host as it stands in a URL. Rejects with `NotAllowed` or `Unreachable`. */
  readonly addressOf: (host: string, port: number) => Promise<string>;
  /** Why a call or a connection failed, in a message that hold neither a path nor a credential. */
  readonly explain: (error: unknown) => string;
  readonly readXml: (text: string) => ReadXml;
}

export function guardedIo(plan: Pick<Plan, 'allow' | 'environmentVariables'>): GuardedIo {
  const allowed = allowList([...plan.allow]);
  return {
    fetch: guardedFetch({ allow: plan.allow }),
    server: guardedServer(plan),
    addressOf: async (host, port) => {
      const place = { host: plainHost(host), port, shown: `${host}:${port}` };
      const [found] = await checkedAddresses(place, allowed, systemResolve);
      return found?.address ?? '';
    },
    explain: (error) => (error instanceof HttpProblem ? error.message : systemReason(error)),
    readXml,
  };
}
