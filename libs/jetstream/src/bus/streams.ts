import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { cdEventsPrefix, eventsPrefix, intakeSubject } from './subjects.ts';

type Definition = Pick<
  StreamConfig,
  | 'name'
  | 'description'
  | 'subjects'
  | 'storage'
  | 'retention'
  | 'discard'
  | 'max_age'
  | 'max_bytes'
  | 'max_msg_size'
  | 'duplicate_window'
>;

const minute = 60_000;
const day = 24 * 60 * minute;
const mebibyte = 1024 * 1024;

/** Requests. When it is full the publisher is refused: a request is never dropped for a newer one. */
export const intakeStream = {
  name: 'BACKSTAY_INTAKE',
  description: 'Requests for deployments',
  subjects: [intakeSubject, `${intakeSubject}.*`],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_age: nanos(7 * day),
  max_bytes: 256 * mebibyte,
  max_msg_size: mebibyte,
  duplicate_window: nanos(2 * minute),
} satisfies Definition;

/** Events for others. When it is full the oldest go: the event store keeps them, the relay can publish them again. */
export const eventsStream = {
  name: 'BACKSTAY_EVENTS',
  description: 'What happened, for other systems',
  subjects: [`${eventsPrefix}.>`, `${cdEventsPrefix}.>`],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: nanos(30 * day),
  max_bytes: 1024 * mebibyte,
  max_msg_size: mebibyte,
  duplicate_window: nanos(2 * minute),
} satisfies Definition;

export interface EnsureStreamsOptions {
  /** Copies in a cluster, for a stream that is created now; default 1. */
  readonly replicas?: number;
}

export interface Streams {
  readonly intake: StreamInfo;
  readonly events: StreamInfo;
}

/**
 * Creates what is missing. Of a stream that stands, subjects and duplicate window are put right; its limits of age and size
 * stay as the operator set them.
 * @throws Error when a stream of this name deletes messages on acknowledgement: such a stream must be removed by a person.
 */
export async function ensureStreams(js: JetStreamClient, options: EnsureStreamsOptions = {}): Promise<Streams> {
  return {
    intake: await ensureStream(js, intakeStream, options),
    events: await ensureStream(js, eventsStream, options),
  };
}

/** The same for one of them: a service may touch its own stream only. */
export async function ensureStream(
  js: JetStreamClient,
  definition: Definition,
  options: EnsureStreamsOptions = {},
): Promise<StreamInfo> {
  return ensure(await js.jetstreamManager(false), definition, options);
}

async function ensure(
  jsm: JetStreamManager,
  definition: Definition,
  { replicas = 1 }: EnsureStreamsOptions,
): Promise<StreamInfo> {
  const found = await findStream(jsm, definition.name);
  if (found === null) return jsm.streams.add({ ...definition, num_replicas: replicas });
  const { retention, subjects, duplicate_window: window } = found.config;
  if (retention !== definition.retention) throw new Error(`stream ${definition.name} has retention ${retention}`);
  const same = window === definition.duplicate_window && String(subjects) === String(definition.subjects);
  if (same) return found;
  return jsm.streams.update(definition.name, {
    subjects: definition.subjects,
    duplicate_window: definition.duplicate_window,
  });
}

/** Null when there is no such stream. */
export async function findStream(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
    throw error;
  }
}
