import { environmentOf } from '../substitution/index.ts';
import { redactor, secretResolver, type SecretResolver } from '../secrets/index.ts';
import { substitute, type Lookup } from '../substitution/substitute.ts';
import { keyOf, type StepGround, type StepTask } from './step-task.ts';

/** A secret is named where it would reach an argument list, which every user of the machine can read. */
export class SecretInArguments extends Error {
  override readonly name = 'SecretInArguments';

  constructor(name: string) {
    super(`\${${name}} is a secret and would be seen in the argument list; read it from the environment of the command`);
  }
}

export interface StepEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Values of `${NAME}` in requests and addresses. */
  readonly lookup: Lookup;
  /** Substitutes within one argument. @throws {SecretInArguments} */
  readonly argument: (text: string) => string;
  /** Values that must reach no disk and no record. */
  readonly mask: readonly string[];
  readonly redact: (text: string) => string;
}

export function resolverOf({ secrets, provided }: Pick<StepGround, 'secrets' | 'provided'>, environment: string): SecretResolver {
  return secretResolver(secrets, environment, provided);
}

/** The variables that the environment brings, without those that are not set. */
export function providedVariables({ provided }: Pick<StepGround, 'provided'>): Record<string, string> {
  return Object.fromEntries(Object.entries(provided).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Resolved just before use. @throws {MissingValues | UnknownNames} */
export function environmentFor(task: Pick<StepTask, 'ground' | 'deployment' | 'step'>): StepEnvironment {
  const { ground, deployment } = task;
  const { id: deploymentId, plan, commit, rollbackVersion } = deployment;
  const planned = { ...plan, commit: commit ?? undefined };
  const facts = { deploymentId, rollbackVersion, stepKey: keyOf(task) };
  const { variables, confidential } = environmentOf(planned, resolverOf(ground, plan.environment), providedVariables(ground), facts);
  const lookup: Lookup = (name) => variables[name];
  const secrets = new Set([
    ...plan.secrets.flatMap(({ names }) => names),
    ...plan.environmentVariables.flatMap(({ name, from }) => (from === 'secret' ? [name] : [])),
  ]);
  return {
    variables,
    lookup,
    argument: (text) =>
      substitute(text, (name) => {
        if (secrets.has(name)) throw new SecretInArguments(name);
        return lookup(name);
      }),
    mask: confidential.map((secret) => secret.reveal()),
    redact: redactor(confidential).text,
  };
}
