import type { SecretResolver } from '../secrets/secret-resolver.ts';
import type { Secret } from '../secrets/secret.ts';
import { environmentOf, missingNames, type DeploymentFacts } from './environment-of.ts';
import type { Lookup } from './substitute.ts';

type Named = Parameters<typeof environmentOf>[0];

export type DocumentLookup = {
  lookup: Lookup;
  /** What a redactor has to mask: everything confidential that was looked up so far. */
  confidential: () => Secret[];
};

/**
 * The names that requests and connection strings of the document may use: its variables and secrets, the built-in names,
 * and any other secret of that name. A name without a value is left out rather than refused: what uses it fails and names it.
 * Throws `UnknownNames` where a written variable refers to nothing.
 */
export function documentLookup(
  plan: Named,
  resolver: SecretResolver,
  provided: Record<string, string>,
  facts: DeploymentFacts,
): DocumentLookup {
  const missing = missingNames(plan, resolver, provided);
  const { variables, confidential } = environmentOf(without(plan, missing), resolver, provided, facts);
  const secretOf = (name: string) => (resolver.has(name) ? resolver.resolve(name).reveal() : undefined);
  return {
    lookup: (name) => (Object.hasOwn(variables, name) ? variables[name] : secretOf(name)),
    confidential: () => [...confidential, ...resolver.resolved()],
  };
}

function without(plan: Named, missing: string[]): Named {
  const isThere = (name: string) => !missing.includes(name);
  return {
    ...plan,
    secrets: plan.secrets.map((secret) => ({ ...secret, names: secret.names.filter(isThere) })),
    environmentVariables: plan.environmentVariables.filter(
      ({ name, from, secret }) => from === 'value' || isThere(from === 'secret' ? (secret ?? name) : name),
    ),
  };
}
