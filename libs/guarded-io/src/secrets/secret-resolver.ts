import { prefixOf, reservedBecause } from '@backstay/document';
import { SecretNotFound, UnsupportedSecretSource } from './errors.ts';
import { permissionWarning, readSecretFile } from './secret-file.ts';
import { Secret } from './secret.ts';

export type SecretResolver = {
  /** Looked up anew at each call, so that a rotated value is seen. Throws `SecretNotFound`. */
  resolve(name: string): Secret;
  has(name: string): boolean;
  /** The names under which it is looked up, in order: `PRODUCTION__NAME, then NAME`. */
  lookedFor(name: string): string;
  /** Every secret that was resolved so far: what a redactor has to mask. */
  resolved(): Secret[];
  /** What a person should know about the source; reported once, at the start. */
  readonly warnings: string[];
};

type Source = { read: () => (name: string) => string | undefined; warnings: string[] };

/**
 * Secrets of one environment, looked up as `<ENVIRONMENT>__NAME` (upper-cased, dashes as underscores), then `NAME`. The settings of the
 * platform, and values of another environment, are not among them.
 * `spec` is `env` or `file:PATH`; any other throws `UnsupportedSecretSource`.
 */
export function secretResolver(
  spec: string,
  environment: string,
  variables: Record<string, string | undefined> = process.env,
): SecretResolver {
  const source = sourceOf(spec, variables);
  const known = new Map<string, Secret>();
  const namesOf = (name: string) => namesInEnvironment(environment, name);
  const find = (name: string) => {
    if (reservedBecause(name, [environment]) !== undefined) return undefined;
    const lookup = source.read();
    return namesOf(name)
      .map(lookup)
      .find((value) => value !== undefined && value !== '');
  };
  return {
    warnings: source.warnings,
    lookedFor: (name) => namesOf(name).join(', then '),
    has: (name) => find(name) !== undefined,
    resolved: () => [...known.values()],
    resolve(name) {
      const value = find(name);
      if (value === undefined) throw new SecretNotFound(name, namesOf(name));
      const secret = new Secret(name, value);
      known.set(`${name}=${value}`, secret);
      return secret;
    },
  };
}

/** A name as it is looked up for one environment: first its own, `<ENVIRONMENT>__NAME`. */
export function namesInEnvironment(environment: string, name: string): [own: string, common: string] {
  return [`${prefixOf(environment)}${name}`, name];
}

function sourceOf(spec: string, variables: Record<string, string | undefined>): Source {
  if (spec === 'env') return { read: () => (name) => variables[name], warnings: [] };
  if (!spec.startsWith('file:') || spec === 'file:') throw new UnsupportedSecretSource(spec.split(':')[0]!);
  const path = spec.slice('file:'.length);
  const warning = permissionWarning(path);
  return { read: () => lookupIn(readSecretFile(path)), warnings: warning ? [warning] : [] };
}

const lookupIn = (values: Map<string, string>) => (name: string) => values.get(name);
