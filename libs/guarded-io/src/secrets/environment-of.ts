import {
  type EnvironmentVariable,
  expanded,
  knownNames,
  type Plan,
  reservedBecause,
  templatesOf,
} from '@backstay/document';
import { shortestPart } from '@backstay/document/redaction';
import { namesInEnvironment, type SecretResolver } from './secret-resolver.ts';
import { Secret } from './secret.ts';

/** What only the running deployment knows; a `rollbackVersion` of null (a first deployment) leaves the name undefined. */
export type DeploymentContext = { deploymentId: string; rollbackVersion?: string | null; stepKey?: string };

export type ResolvedEnvironment = {
  /** The variables of commands and releases; resolved just before use and never recorded. */
  variables: Record<string, string>;
  /** What a redactor has to mask: resolved secrets, variables that hold one, and provided values that carry credentials. */
  confidential: Secret[];
  /** The names of secrets, and of variables that hold one: they stand in no argument. */
  hidden: ReadonlySet<string>;
  /** Public values: built-in ones, those that the document writes, and provided ones that carry no credentials. */
  open: string[];
  /** Declared secrets that are too short to be masked: output that holds one is withheld. */
  short: string[];
};

type Planned = Pick<Plan, 'service' | 'version' | 'environment' | 'commit' | 'environmentVariables' | 'secrets'>;

/** Names of variables or secrets for which no value is available; all at once. */
export class MissingValues extends Error {
  override readonly name = 'MissingValues';

  constructor(readonly names: string[]) {
    super(`no value is provided for ${names.join(', ')}`);
  }
}

/**
 * The environment that the document asks for: its variables, the values of its secrets under their own names, and the
 * built-in names. `provided` holds what the environment brings for `KEY=<hint>`, as `<ENVIRONMENT>__KEY` or `KEY`; a secret of
 * that name does as well.
 * Throws `MissingValues`, `UnknownNames` where a value refers to nothing or to itself, or `TooMuchText` where values are too long.
 */
export function environmentOf(
  plan: Planned,
  resolver: SecretResolver,
  provided: Record<string, string>,
  context: DeploymentContext,
): ResolvedEnvironment {
  refuseMissing(missingNames(plan, resolver, provided));
  const { secrets: hidden } = knownNames(plan.environmentVariables, plan.secrets);
  const declared: Secret[] = [];
  const confidential: Secret[] = [];
  const resolve = (name: string) => {
    const secret = resolver.resolve(name);
    declared.push(secret);
    return secret.reveal();
  };
  const values = new Map<string, string>(Object.entries(builtIns(plan, context)));
  for (const name of secretNamesOf(plan)) values.set(name, resolve(name));
  for (const variable of plan.environmentVariables) {
    if (variable.from === 'secret') values.set(variable.name, resolve(secretOf(variable)));
    if (variable.from === 'provided')
      values.set(variable.name, providedValue(variable.name, plan.environment, resolver, provided, confidential));
  }
  const written = expanded(templatesOf(plan.environmentVariables), values);
  const variables: Record<string, string> = { ...Object.fromEntries(values), ...written };
  for (const [name, value] of Object.entries(written)) if (hidden.has(name)) confidential.push(new Secret(name, value));
  const all = [...declared, ...confidential];
  return {
    variables,
    confidential: all,
    hidden,
    open: openValues(variables, hidden, confidential),
    short: shortOnes(declared),
  };
}

function openValues(
  variables: Readonly<Record<string, string>>,
  hidden: ReadonlySet<string>,
  confidential: readonly Secret[],
): string[] {
  const masked = new Set(confidential.map(({ name }) => name));
  const open = Object.entries(variables).filter(
    ([name, value]) => value !== '' && !hidden.has(name) && !masked.has(name),
  );
  return open.map(([, value]) => value);
}

const shortOnes = (declared: readonly Secret[]): string[] =>
  declared.map((secret) => secret.reveal()).filter((value) => Buffer.byteLength(value) < shortestPart);

/** `VERSION ROLLBACK_VERSION ENVIRONMENT SERVICE COMMIT DEPLOYMENT_ID STEP_KEY`, as far as they are known. */
export function builtIns(plan: Planned, context: DeploymentContext): Record<string, string> {
  const known = {
    VERSION: plan.version,
    ROLLBACK_VERSION: context.rollbackVersion ?? undefined,
    ENVIRONMENT: plan.environment,
    SERVICE: plan.service,
    COMMIT: plan.commit,
    DEPLOYMENT_ID: context.deploymentId,
    STEP_KEY: context.stepKey,
  };
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const secretNamesOf = (plan: Pick<Plan, 'secrets'>) => [...new Set(plan.secrets.flatMap(({ names }) => names))];
const secretOf = (variable: EnvironmentVariable) => variable.secret ?? variable.name;

/** The names for which nothing is provided: what preflight reports before anything runs. */
export function missingNames(
  plan: Pick<Plan, 'environment' | 'environmentVariables' | 'secrets'>,
  resolver: Pick<SecretResolver, 'has'>,
  provided: Record<string, string>,
): string[] {
  const variables = plan.environmentVariables.flatMap((variable) => {
    if (variable.from === 'secret') return resolver.has(secretOf(variable)) ? [] : [secretOf(variable)];
    if (variable.from === 'provided')
      return providedFor(variable.name, plan.environment, provided) !== undefined || resolver.has(variable.name)
        ? []
        : [variable.name];
    return [];
  });
  return [...new Set([...secretNamesOf(plan).filter((name) => !resolver.has(name)), ...variables])];
}

function refuseMissing(names: string[]): void {
  if (names.length > 0) throw new MissingValues(names);
}

/** What is provided for this environment alone comes before what is provided for all: `STAGING__NAME`, then `NAME`. */
export function providedFor(name: string, environment: string, provided: Record<string, string>): string | undefined {
  if (reservedBecause(name, [environment]) !== undefined) return undefined;
  const [own, common] = namesInEnvironment(environment, name);
  return provided[own] ?? provided[common];
}

function providedValue(
  name: string,
  environment: string,
  resolver: SecretResolver,
  provided: Record<string, string>,
  confidential: Secret[],
): string {
  const value = providedFor(name, environment, provided);
  const secret = value === undefined ? resolver.resolve(name) : new Secret(name, value);
  if (value === undefined || isConfidential(name, value)) confidential.push(secret);
  return secret.reveal();
}

/** A value that is provided in the open is masked when its name or form says that it carries credentials. */
function isConfidential(name: string, value: string): boolean {
  return /KEY|TOKEN|SECRET|PASS|CREDENTIAL/i.test(name) || /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(value);
}
