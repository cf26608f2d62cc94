import { hasNoValue, type Lookup, namesIn, type Plan, substitute } from '@backstay/document';
import {
  environmentOf,
  missingNames,
  redactor,
  secretResolver,
  type Redact,
  type SecretResolver,
  UnreadableSecretFile,
} from '@backstay/guarded-io';
import type { Account } from '@backstay/hosts';
import { accountOf } from './account.ts';
import type { StepContext } from './context.ts';
import type { StepDeployment } from './deployment.ts';
import { keyOf, type Keyed } from './task.ts';

/** A secret is named where it would reach an argument list, which every user of the machine can read. */
export class SecretInArguments extends Error {
  override readonly name = 'SecretInArguments';

  constructor(name: string) {
    super(
      `\${${name}} is a secret and would be seen in the argument list; read it from the environment of the command`,
    );
  }
}

export interface StepEnvironment {
  /** The user of commands; undefined: Backstay's own. @throws {SupervisorFailed} where this machine has no such user */
  readonly account: () => Account | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Values of `${NAME}` in requests and addresses. */
  readonly lookup: Lookup;
  /** Substitutes within one argument. @throws {SecretInArguments} */
  readonly argument: (text: string) => string;
  /** Values that must reach no disk and no record. */
  readonly mask: readonly string[];
  /** Public values, which stay readable although a secret may hold them. */
  readonly open: readonly string[];
  /** Values that are too short to be masked: output that holds one is not kept. */
  readonly withhold: readonly string[];
  readonly redact: Redact;
  /** Masks these values as well, as far as they are not public. */
  readonly redactorFor: (values: readonly string[]) => Redact;
}

export function resolverOf(
  { secrets, provided }: Pick<StepContext, 'secrets' | 'provided'>,
  environment: string,
): SecretResolver {
  return secretResolver(secrets, environment, provided);
}

/** The variables that the environment brings, without those that are not set. */
export function providedVariables({ provided }: Pick<StepContext, 'provided'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(provided).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

interface Needs extends Partial<Pick<Keyed, 'step'>> {
  readonly context: Pick<StepContext, 'secrets' | 'provided' | 'runAs'>;
  readonly deployment: StepDeployment;
}

/** Resolved just before use. @throws {MissingValues | UnknownNames | TooMuchText} */
export function environmentFor(needs: Needs): StepEnvironment {
  return environmentWith(needs, needs.deployment.plan);
}

/** What is known of it: names without a value are left out, so that only what uses one fails. */
export function knownEnvironment(needs: Needs): StepEnvironment {
  const known = knownPlan(needs);
  try {
    return environmentWith(needs, known);
  } catch (error) {
    if (!hasNoValue(error)) throw error;
    const plain = known.environmentVariables.filter(({ value }) => namesIn(value ?? '').length === 0);
    return environmentWith(needs, { ...known, environmentVariables: plain });
  }
}

/** Of what is known of it the values of `${NAME}`: none where the source of secrets cannot be read. */
export function knownLookup(needs: Needs): Lookup {
  return orWithoutSecrets(
    () => knownEnvironment(needs).lookup,
    () => () => undefined,
  );
}

/** Values that must be masked, as far as they are known now: none where the source of secrets cannot be read. */
export function knownSecrets(needs: Needs): readonly string[] {
  return orWithoutSecrets(
    () => knownEnvironment(needs).mask,
    () => [],
  );
}

/**
 * Masks every secret that the document names, and all that was derived from one; and those that were known earlier: what a step has
 * read may be another value by now, or lie in a source that cannot be read any more.
 */
export function redactorOf(needs: Needs, earlier: readonly string[] = []): Redact {
  return orWithoutSecrets(
    () => knownEnvironment(needs).redactorFor(earlier),
    () => redactor(earlier).text,
  );
}

function orWithoutSecrets<Found>(known: () => Found, without: () => Found): Found {
  try {
    return known();
  } catch (error) {
    if (error instanceof UnreadableSecretFile || hasNoValue(error)) return without();
    throw error;
  }
}

function knownPlan({ context, deployment }: Needs): Plan {
  const { plan } = deployment;
  const missing = missingNames(plan, resolverOf(context, plan.environment), providedVariables(context));
  const isKnown = (name: string) => !missing.includes(name);
  const secrets = plan.secrets.map((secret) => ({ ...secret, names: secret.names.filter(isKnown) }));
  const environmentVariables = plan.environmentVariables.filter(
    ({ name, from, secret }) => from === 'value' || isKnown(from === 'secret' ? (secret ?? name) : name),
  );
  return { ...plan, secrets, environmentVariables };
}

function environmentWith({ context, deployment, step }: Needs, plan: Plan): StepEnvironment {
  const { id: deploymentId, commit, rollbackVersion } = deployment;
  const resolver = resolverOf(context, plan.environment);
  const details = { deploymentId, rollbackVersion, stepKey: step && keyOf({ deployment, step }) };
  const { variables, confidential, hidden, open, short } = environmentOf(
    { ...plan, commit: commit ?? undefined },
    resolver,
    providedVariables(context),
    details,
  );
  const lookup: Lookup = (name) => variables[name];
  const redactorFor = (values: readonly string[]) => redactor([...confidential, ...values], open).text;
  let redact: Redact | undefined;
  return {
    account: () => accountOf({ context, deployment }),
    variables,
    lookup,
    argument: argumentsWith(lookup, hidden),
    mask: confidential.map((secret) => secret.reveal()),
    open,
    withhold: short,
    redact: (text) => (redact ??= redactorFor([]))(text),
    redactorFor,
  };
}

function argumentsWith(lookup: Lookup, secrets: ReadonlySet<string>): (text: string) => string {
  return (text) =>
    substitute(text, (name) => {
      if (secrets.has(name)) throw new SecretInArguments(name);
      return lookup(name);
    });
}
