import { NotAllowed } from '../http/errors.ts';

/** Where a URL leads; a socket or a name that only the machine's configuration knows is no such place. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

const defaultPorts = { postgres: 5432, redis: 6379 };

/**
 * One way to read it: drivers and PostgreSQL's programs disagree on a second `@`, on `#` and on backslashes, and each
 * could be led to another host than the one that was looked at.
 */
const plainUrl =
  /^(postgres|redis)(?:ql|s)?:\/\/(?:[^@/?#\\\s]*@)?(\[[^@/?#\\\s\]]*\]|[^@/?#\\\s:]*)(?::(\d+))?(?:\/[^@?#\\\s]*)?(?:\?([^@#\\\s]*))?$/i;
const plainName = /^[\w.:-]+$/;
/** Parameters that lead elsewhere by way of the machine's configuration, or name a database by another URL. */
const detours = ['service', 'servicefile', 'dbname'];

/** Every place that a `postgresql://` or `redis://` URL can lead to. @throws {NotAllowed} where that is not plain to see. */
export function writtenServers(url: string): readonly ServerPlace[] {
  const [, scheme = '', authority = '', port, query = ''] = plainUrl.exec(url) ?? [];
  const kind = scheme.toLowerCase() === 'redis' ? 'redis' : 'postgres';
  if (scheme === '' || (kind === 'redis' && query !== '')) throw notPlain();
  const parameters = new URLSearchParams(query);
  if (detours.some((name) => parameters.has(name))) throw notPlain();
  const hosts = [...given(parameters, 'host', decoded(authority)), ...parameters.getAll('hostaddr')].map(nameOf);
  const ports = given(parameters, 'port', port ?? String(defaultPorts[kind])).map(portOf);
  return hosts.flatMap((host) => ports.map((each) => ({ host, port: each })));
}

/** Parameters come before what stands in front of the path. */
function given(parameters: URLSearchParams, name: string, otherwise: string): readonly string[] {
  return parameters.has(name) ? parameters.getAll(name) : [otherwise];
}

function decoded(authority: string): string {
  try {
    return decodeURIComponent(authority).replace(/^\[|\]$/g, '');
  } catch {
    throw notPlain();
  }
}

function nameOf(host: string): string {
  if (plainName.test(host)) return host;
  throw new NotAllowed('the URL', 'one that is written in a document names one host, and no socket');
}

function portOf(port: string): number {
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port);
  throw notPlain();
}

/** Says nothing of the URL itself, which may hold a password. */
const notPlain = () =>
  new NotAllowed(
    'the URL',
    'one that is written in a document is plain, `postgresql://user:password@host:port/name` or `redis://…`, with special characters percent-encoded',
  );
