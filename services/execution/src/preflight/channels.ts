import type { Finding } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { parseDestination, resolverOf, type SecretResolver } from '@backstay/effects';
import { addressProblem } from './address.ts';
import { blocking, fine } from './finding.ts';
import type { Preflight } from './preflight.ts';

/** Every channel that a step names, and every one that the environment offers, leads somewhere. */
export function channelFindings({ ground, deployment }: Preflight): Promise<readonly Finding[]> {
  const { plan } = deployment;
  const resolver = resolverOf(ground, plan.environment);
  const look = (channel: string): Finding => {
    const line = lineOf(plan, channel);
    const destination = plan.channels[channel];
    const facts = { subject: channel, line };
    if (destination === undefined)
      return blocking('channel', {
        ...facts,
        message: 'has no destination in this environment; name one under `notify` of the profile',
      });
    const problem = problemOf(destination, resolver, plan);
    return problem === null
      ? fine('channel', { ...facts, message: 'can be delivered to' })
      : blocking('channel', { ...facts, message: problem });
  };
  return Promise.resolve(
    [...new Set([...Object.keys(plan.channels), ...named(plan).map(({ channel }) => channel)])].map(look),
  );
}

function problemOf(text: string, resolver: SecretResolver, { allow }: Plan): string | null {
  try {
    const destination = parseDestination(text);
    if (destination.kind === 'log') return null;
    if ('secret' in destination && !resolver.has(destination.secret))
      return `its secret ${destination.secret} is not provided`;
    if ('url' in destination) return addressProblem(destination.url, allow, new URL(destination.url).host);
    const { secret } = destination;
    return addressProblem(resolver.resolve(secret).reveal(), allow, `what its secret ${secret} names`);
  } catch (error) {
    return (error as Error).message;
  }
}

function named({ steps, rollback }: Plan): readonly { channel: string; line: number }[] {
  return [...steps, ...rollback.steps].flatMap(({ action, source }) =>
    action.kind === 'notify' ? [{ channel: action.channel, line: source.line }] : [],
  );
}

function lineOf(plan: Plan, channel: string): number | undefined {
  return named(plan).find((each) => each.channel === channel)?.line;
}
