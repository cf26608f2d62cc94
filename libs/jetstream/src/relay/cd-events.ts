import { v5 as uuidV5 } from 'uuid';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { cdEventsPrefix } from '../bus/subjects.ts';
import type { Outbound } from './outbound.ts';

/** Namespace of the ids of translated events: UUIDv5 of `cdevents.backstay.dev` in the DNS namespace. */
const namespace = '0c6f042a-9ac7-5f40-9448-e6b9d34ad61b';

/** Of the CDEvents specification, and in it of the events of services. */
export const cdSpecVersion = '0.5.0';
export const cdEventVersion = '0.3.0';

export const cdEventTypes = [
  'dev.cdevents.service.deployed',
  'dev.cdevents.service.upgraded',
  'dev.cdevents.service.rolledback',
] as const;
export type CdEventType = (typeof cdEventTypes)[number];

interface Planned {
  readonly service: string;
  readonly environment: string;
  readonly previous: object | null;
}

/** Whether an event has a translation; only then is its stream's history needed. */
export const isTranslated = ({ type }: Pick<RecordedEvent, 'type'>): boolean =>
  type === 'DeploymentSucceeded' || type === 'DeploymentRolledBack';

/**
 * The end of a deployment in the words of CDEvents 0.5: deployed, upgraded when something ran before, or rolled back. Null for
 * a rollback that left nothing behind, and for a history without a plan. The subject is the type without its version.
 */
export function cdEventOf(event: RecordedEvent, history: readonly RecordedEvent[], source: string): Outbound | null {
  const planned = history.find(({ type }) => type === 'DeploymentPlanned')?.data as Planned | undefined;
  const end = planned && endOf(event, planned);
  if (!planned || !end) return null;
  const { service, environment } = planned;
  const id = uuidV5(event.id, namespace);
  const type = `${end.type}.${cdEventVersion}`;
  const subject = `service/${service}`;
  const data = {
    context: { specversion: cdSpecVersion, id, chainId: event.correlation, source, type, timestamp: event.time },
    subject: {
      id: subject,
      source,
      content: { environment: { id: environment, source }, artifactId: packageUrl(service, end.version) },
    },
    customData: { deployment: event.correlation, event: event.id, ...end.more },
    customDataContentType: 'application/json',
  };
  const attributes = {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: event.time,
    datacontenttype: 'application/json',
  };
  const { traceparent } = event;
  const body = JSON.stringify({ ...attributes, ...(traceparent === undefined ? {} : { traceparent }), data });
  return { id, subject: `${cdEventsPrefix}.${end.type}`, body, ...(traceparent === undefined ? {} : { traceparent }) };
}

interface End {
  readonly type: CdEventType;
  readonly version: string;
  readonly more: object;
}

function endOf({ type, data }: RecordedEvent, { previous }: Planned): End | null {
  if (type === 'DeploymentSucceeded') {
    const { release } = data as { release: { version: string } };
    return {
      type: `dev.cdevents.service.${previous === null ? 'deployed' : 'upgraded'}`,
      version: release.version,
      more: {},
    };
  }
  const { restored, verified, reason } = data as {
    restored: { version: string } | null;
    verified: boolean;
    reason: string;
  };
  return restored && { type: 'dev.cdevents.service.rolledback', version: restored.version, more: { verified, reason } };
}

/** The artifact as a package URL; `generic`, for a document does not say how a service is packaged. */
const packageUrl = (service: string, version: string): string =>
  `pkg:generic/${encodeURIComponent(service)}@${encodeURIComponent(version)}`;
