import { usualEnvironments } from './environments.ts';

/** The prefix of what is provided for one environment alone. */
export const prefixOf = (environment: string): string => `${environment.toUpperCase().replaceAll('-', '_')}__`;

/**
 * Why no document for these environments may name a secret or a provided variable so: it is a setting of the platform, or a value of
 * another environment. Undefined: it may. `known`: all environments; the usual ones are among them.
 */
export function reservedBecause(
  name: string,
  environments: readonly string[],
  known: readonly string[] = [],
): string | undefined {
  if (/^BACKSTAY_/i.test(name)) return `“${name}” is a setting of the platform; use a name of its own`;
  const own = environments.map(prefixOf);
  const other = [...usualEnvironments, ...known].find(
    (each) => environments.length > 0 && !environments.includes(each) && name.toUpperCase().startsWith(prefixOf(each)),
  );
  if (other === undefined || own.some((prefix) => name.startsWith(prefix))) return undefined;
  return `“${name}” is a value of the environment ${other}; use the name without “${prefixOf(other)}”`;
}

/** Headers that HTTP itself sets; another value makes a request that two servers read as two different ones. */
const ofHttp: ReadonlySet<string> = new Set(
  (
    'host content-length connection keep-alive proxy-authenticate proxy-authorization proxy-connection ' +
    'te trailer trailers transfer-encoding upgrade http2-settings expect'
  ).split(' '),
);

/** Why a request of a document cannot have the header; undefined: it can. */
export function headerProblem(name: string): string | undefined {
  return ofHttp.has(name.trim().toLowerCase()) ? `HTTP itself sets the header “${name}”; remove it` : undefined;
}
