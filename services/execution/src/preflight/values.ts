import type { Finding } from '@backstay/deployment';
import {
  blocking,
  environmentFor,
  fine,
  knownEnvironment,
  providedVariables,
  resolverOf,
  type StepContext,
  warning,
} from '@backstay/steps';
import { MissingValues, providedFor } from '@backstay/guarded-io';
import { openParts, shortestPart } from '@backstay/document/redaction';
import type { Plan } from '@backstay/document';
import type { Preflight } from './preflight.ts';

/** Every variable and secret by its name: whether there is a value, never which one. */
export function valueFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { context, deployment } = preflight;
  const { plan } = deployment;
  const resolver = resolverOf(context, plan.environment);
  const provided = providedVariables(context);
  const variables = plan.environmentVariables.map(({ name, from, secret, source }): Finding => {
    const details = { subject: name, line: source.line };
    if (from === 'value') return fine('missing-variable', { ...details, message: 'is written in the document' });
    if (from === 'secret') return secretFinding(secret ?? name, preflight, details);
    const value = providedFor(name, plan.environment, provided);
    if (value === '' && !resolver.has(name))
      return warning('missing-variable', { ...details, message: 'is provided, and is empty' });
    return value !== undefined || resolver.has(name)
      ? fine('missing-variable', { ...details, message: 'is provided' })
      : blocking('missing-variable', { ...details, message: notProvided(name, context, resolver.lookedFor(name)) });
  });
  const secrets = plan.secrets.flatMap(({ names, source }) =>
    names.map((name) => secretFinding(name, preflight, { subject: name, line: source.line })),
  );
  return Promise.resolve([...variables, ...secrets, ...written(preflight, plan), ...unmasked(preflight)]);
}

type Subject = { readonly subject: string; readonly line: number };

function secretFinding(name: string, { context, deployment: { plan } }: Preflight, details: Subject): Finding {
  const resolver = resolverOf(context, plan.environment);
  if (resolver.has(name)) return fine('missing-secret', { ...details, message: 'is provided' });
  const message = `the secret ${name} is not provided: looked for ${resolver.lookedFor(name)} ${holderOf(context)}`;
  return blocking('missing-secret', { ...details, message });
}

function notProvided(name: string, context: StepContext, lookedFor: string): string {
  return `no value is provided for ${name}: looked for ${lookedFor} in the environment of the execution service${context.secrets === 'env' ? '' : ' and in its secrets file'}`;
}

const holderOf = ({ secrets }: StepContext): string =>
  secrets === 'env' ? 'in the environment of the execution service' : 'in the secrets file of the execution service';

/** Secrets that cannot be masked, or not in every part; the warnings name them, never their values. */
function unmasked({ context, deployment }: Preflight): readonly Finding[] {
  const { plan } = deployment;
  const resolver = resolverOf(context, plan.environment);
  const declared = [
    ...plan.secrets.flatMap(({ names, source }) => names.map((name) => ({ name, line: source.line }))),
    ...plan.environmentVariables.flatMap(({ from, name, secret, source }) =>
      from === 'secret' ? [{ name: secret ?? name, line: source.line }] : [],
    ),
  ];
  const { open } = knownEnvironment({ context, deployment });
  return declared.flatMap(({ name, line }) => {
    const value = resolver.has(name) ? resolver.resolve(name).reveal() : null;
    if (value === null) return [];
    return [
      ...(Buffer.byteLength(value) < shortestPart
        ? [warning('short-secret', { subject: name, line, message: tooShort })]
        : []),
      ...(openParts(value, open).length > 0
        ? [warning('public-secret', { subject: name, line, message: isPublic })]
        : []),
    ];
  });
}

const tooShort = `the secret has fewer than ${shortestPart} bytes and cannot be masked: output of a step that holds it is withheld; use a longer value, or a variable if it is no secret`;
const isPublic = 'a public value of the plan equals the secret or a part of it, and is not masked';

/** A written value may refer to a name that nothing provides. */
function written({ context, deployment }: Preflight, { environmentVariables, steps }: Plan): readonly Finding[] {
  const [step] = steps;
  if (step === undefined) return [];
  try {
    environmentFor({ context, deployment, step });
    return [];
  } catch (error) {
    if (error instanceof MissingValues) return [];
    return [
      blocking('missing-variable', {
        subject: 'Required Environment Variables',
        message: (error as Error).message,
        line: environmentVariables[0]?.source.line,
      }),
    ];
  }
}
