/** Where upstream systems ask for a deployment. */
export const intakeSubject = 'backstay.deploy-requested';
export const eventsPrefix = 'backstay.events';
export const cdEventsPrefix = 'backstay.cdevents';
export const hintsPrefix = 'backstay.hints';

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
  const category = stream.slice(0, stream.indexOf('-'));
  const id = stream.slice(category.length + 1);
  const dot = category === 'environment' ? id.lastIndexOf('.') : -1;
  return dot < 0 ? token(id) : `${token(id.slice(0, dot))}.${token(id.slice(dot + 1))}`;
}

const token = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[.*!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

export function eventSubject(type: string, stream: string): string {
  return `${eventsPrefix}.${kebab(type)}.${streamTokens(stream)}`;
}

/** `backstay.hints.<phase>.<deployment id>`; for an environment's stream `backstay.hints.<phase>.environment-<service>.<environment>`. */
export function hintSubject(phase: string, stream: string): string {
  const prefix = stream.startsWith('environment-') ? 'environment-' : '';
  return `${hintsPrefix}.${phase}.${prefix}${streamTokens(stream)}`;
}
