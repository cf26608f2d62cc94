import type { Finding } from '@backstay/deployment';
import { environmentFor, MissingValues, providedVariables, resolverOf, type StepGround } from '@backstay/effects';
import type { Plan } from '@backstay/document';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

/** Every variable and secret by its name: whether there is a value, never which one. */
export function valueFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { ground, deployment } = preflight;
  const { plan } = deployment;
  const resolver = resolverOf(ground, plan.environment);
  const provided = providedVariables(ground);
  const variables = plan.environmentVariables.map(({ name, from, secret, source }): Finding => {
    const facts = { subject: name, line: source.line };
    if (from === 'value') return fine('missing-variable', { ...facts, message: 'is written in the document' });
    if (from === 'secret') return secretFinding(secret ?? name, resolver.has(secret ?? name), { ...facts });
    if (provided[name] === '' && !resolver.has(name))
      return warning('missing-variable', { ...facts, message: 'is provided, and is empty' });
    const isThere = provided[name] !== undefined || resolver.has(name);
    return isThere
      ? fine('missing-variable', { ...facts, message: 'is provided' })
      : blocking('missing-variable', { ...facts, message: notProvided(name, ground) });
  });
  const secrets = plan.secrets.flatMap(({ names, source }) =>
    names.map((name) => secretFinding(name, resolver.has(name), { subject: name, line: source.line })),
  );
  return Promise.resolve([...variables, ...secrets, ...written(preflight, plan)]);
}

function secretFinding(name: string, isThere: boolean, facts: { subject: string; line: number }): Finding {
  if (isThere) return fine('missing-secret', { ...facts, message: 'is provided' });
  return blocking('missing-secret', { ...facts, message: `no secret ${name} is provided for this environment` });
}

function notProvided(name: string, { secrets }: StepGround): string {
  return `no value is provided for ${name}: neither in the environment of the execution service nor as a secret (${secrets === 'env' ? 'environment' : 'file'})`;
}

/** A written value may refer to a name that nothing provides. */
function written({ ground, deployment }: Preflight, { environmentVariables, steps }: Plan): readonly Finding[] {
  const [step] = steps;
  if (step === undefined) return [];
  try {
    environmentFor({ ground, deployment, step });
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
