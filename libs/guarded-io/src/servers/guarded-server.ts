import { type Lookup, plainHost, type Plan, substitute } from '@backstay/document';
import { allowList } from '../http/allow-list.ts';
import { NotAllowed } from '../http/errors.ts';
import { checkedAddresses, systemResolve } from '../http/guarded-fetch.ts';
import { writtenServers, type ServerPlace } from './written-server.ts';

type Guarding = Pick<Plan, 'allow' | 'environmentVariables'>;

/**
 * The URL to connect to, of a database or a cache as a plan names it. Rejects with `UnknownNames`, or with `NotAllowed`,
 * which names host and port only.
 */
export type GuardedServer = (url: string, lookup: Lookup) => Promise<string>;

/**
 * What a document writes itself, in whole or in part, leads to allowed hosts only. What comes whole from a secret or
 * from the platform's own environment was put there by its operator, and is free.
 */
export function guardedServer({ allow, environmentVariables }: Guarding): GuardedServer {
  return async (url, lookup) => {
    const target = substitute(url, lookup);
    if (!isBrought(url, environmentVariables)) await Promise.all(writtenServers(target).map(permit(allow)));
    return target;
  };
}

/** A written variable that is nothing but another name counts as that other one. */
function isBrought(url: string, variables: Guarding['environmentVariables']): boolean {
  const name = /^\$\{([^{}]*)\}$/.exec(url)?.[1];
  if (name === undefined) return false;
  const written = variables.findLast((variable) => variable.name === name && variable.from === 'value');
  if (written === undefined) return true;
  return isBrought(
    written.value ?? '',
    variables.filter((variable) => variable.name !== name),
  );
}

const permit = (allow: string[]) => async (place: ServerPlace) => {
  const allowed = allowList(allow);
  const host = plainHost(place.host);
  const shown = `${host.includes(':') ? `[${host}]` : host}:${place.port}`;
  const reason = "is not in the profile's `allow`";
  if (!allowed.permitsHost(host, place.port)) throw new NotAllowed(shown, reason, `${shown} ${reason}`);
  await checkedAddresses({ host, port: place.port, shown }, allowed, systemResolve);
};
