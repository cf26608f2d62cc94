import { parseStreamName } from '@backstay/event-sourcing';

/** Where upstream systems ask for a deployment. */
export const intakeSubject = 'backstay.deploy-requested';
/** `backstay.deploy-replies.<publisher>.<rest>` is `_INBOX.<rest>` in the account of that publisher, and of no other. */
export const repliesPrefix = 'backstay.deploy-replies';
export const eventsPrefix = 'backstay.events';
export const cdEventsPrefix = 'backstay.cdevents';
export const wakePrefix = 'backstay.wake';

/** `StepFailed` → `step-failed`. */
export function kebab(type: string): string {
  return type.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

/** `DeploymentPlanned` → `dev.backstay.deployment-planned.v1`. */
export function cloudEventType(type: string): string {
  return `dev.backstay.${kebab(type)}.v1`;
}

/**
 * The last tokens of a subject: `deployment-<id>` → `<id>`; `environment-<service>.<environment>` → `<service>.<environment>`,
 * always two tokens. What NATS does not admit in a token is percent-encoded.
 */
export function streamTokens(stream: string): string {
  const { category, id } = parseStreamName(stream);
  const dot = category === 'environment' ? id.lastIndexOf('.') : -1;
  return dot < 0 ? token(id) : `${token(id.slice(0, dot))}.${token(id.slice(dot + 1))}`;
}

const token = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[.*!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

export function eventSubject(type: string, stream: string): string {
  return `${eventsPrefix}.${kebab(type)}.${streamTokens(stream)}`;
}

/** `backstay.wake.<phase>.<stream>`; an environment's stream is two tokens: `environment-<service>.<environment>`. */
export function wakeSubject(phase: string, stream: string): string {
  return `${wakePrefix}.${phase}.${parseStreamName(stream).category}-${streamTokens(stream)}`;
}

/** What a phase hears all its wake-ups on; every replica hears every one, for only one of them holds the lease. */
export function wakePattern(phase: string): string {
  return `${wakePrefix}.${phase}.>`;
}
