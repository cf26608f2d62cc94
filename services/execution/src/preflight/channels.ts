import type { Finding } from '@backstay/deployment';
import { channelOf, placeOfUrl, type Plan } from '@backstay/document';
import { parseDestination } from '@backstay/notices';
import { blocking, fine, resolverOf } from '@backstay/steps';
import type { SecretResolver } from '@backstay/guarded-io';
import type { Preflight } from './preflight.ts';

/** Every channel that a step or an alert names, and every one that the environment offers, leads somewhere. */
export function channelFindings({ context, deployment }: Preflight): Promise<readonly Finding[]> {
  const { plan } = deployment;
  const resolver = resolverOf(context, plan.environment);
  const look = (channel: string): Finding => {
    const line = lineOf(plan, channel);
    const destination = plan.channels[channel];
    const details = { subject: channel, line };
    if (destination === undefined)
      return blocking('channel', {
        ...details,
        message: 'has no destination in this environment; name one under `notify` of the profile',
      });
    const problem = problemOf(destination, resolver);
    return problem === null
      ? fine('channel', { ...details, message: 'can be delivered to' })
      : blocking('channel', { ...details, message: problem });
  };
  return Promise.resolve(
    [...new Set([...Object.keys(plan.channels), ...named(plan).map(({ channel }) => channel)])].map(look),
  );
}

function problemOf(text: string, resolver: SecretResolver): string | null {
  try {
    const destination = parseDestination(text);
    if (destination.kind === 'log') return null;
    if (!('secret' in destination)) return null;
    const { secret } = destination;
    if (!resolver.has(secret)) return `its secret ${secret} is not provided`;
    const isKey = 'url' in destination;
    return isKey || placeOfUrl(resolver.resolve(secret).reveal())
      ? null
      : `what its secret ${secret} names is not an http or https URL`;
  } catch (error) {
    return (error as Error).message;
  }
}

function named({ steps, rollback, monitoring }: Plan): readonly { channel: string; line: number }[] {
  const ofSteps = [...steps, ...rollback.steps].flatMap(({ action, source }) => {
    const channel = channelOf(action);
    return channel === undefined ? [] : [{ channel, line: source.line }];
  });
  const ofAlerts = monitoring.thresholds.flatMap(({ action, source }) => {
    if (action === 'page') return [{ channel: 'on-call', line: source.line }];
    return action.startsWith('notify:') ? [{ channel: action.slice('notify:'.length), line: source.line }] : [];
  });
  return [...ofSteps, ...ofAlerts];
}

function lineOf(plan: Plan, channel: string): number | undefined {
  return named(plan).find((each) => each.channel === channel)?.line;
}
