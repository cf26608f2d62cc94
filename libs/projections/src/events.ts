import { isDeploymentEventType, type DeploymentEvent } from '@backstay/deployment';
import { parseStreamName, type RecordedEvent } from '@backstay/event-sourcing';

/** A recorded event of a deployment's stream, of a type that this version knows. */
export type DeploymentRecord = RecordedEvent<DeploymentEvent>;
export type DeploymentEventType = DeploymentEvent['type'];
export type RecordOf<Type extends DeploymentEventType> = Extract<DeploymentRecord, { readonly type: Type }>;

/** An event that explains something, with its content in one sentence. */
export interface Evidenced {
  readonly eventId: string;
  readonly summary: string;
}

export function isDeploymentRecord(event: RecordedEvent): event is DeploymentRecord {
  return isDeploymentEventType(event.type);
}

/** Id of the deployment whose stream this is; null for streams of other categories, as that of the measurements. */
export function deploymentOf({ stream }: Pick<RecordedEvent, 'stream'>): string | null {
  const { category, id } = parseStreamName(stream);
  return category === 'deployment' ? id : null;
}

/** Views skip what they do not know. */
export function knownRecords(events: readonly RecordedEvent[]): readonly DeploymentRecord[] {
  return events.filter(isDeploymentRecord);
}

const isOf =
  <Type extends DeploymentEventType>(types: readonly Type[]) =>
  (event: DeploymentRecord): event is RecordOf<Type> =>
    (types as readonly string[]).includes(event.type);

export function allOf<Type extends DeploymentEventType>(
  records: readonly DeploymentRecord[],
  ...types: Type[]
): RecordOf<Type>[] {
  return records.filter(isOf(types));
}

export function lastOf<Type extends DeploymentEventType>(
  records: readonly DeploymentRecord[],
  ...types: Type[]
): RecordOf<Type> | undefined {
  return records.findLast(isOf(types));
}

const rfc3339 = /^\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)$/i;

/**
 * The events up to a stream version (digits) or a moment (RFC 3339), both included.
 * @throws {RangeError} when it is neither.
 */
export function eventsAsOf<Event extends RecordedEvent>(events: readonly Event[], asOf: string): readonly Event[] {
  if (/^\d+$/.test(asOf)) return events.filter(({ version }) => version <= Number(asOf));
  const until = rfc3339.test(asOf) ? Date.parse(asOf) : NaN;
  if (Number.isNaN(until)) throw new RangeError(`neither a stream version nor an RFC 3339 time: ${asOf}`);
  return events.filter(({ time }) => Date.parse(time) <= until);
}
