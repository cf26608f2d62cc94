import { phases, type Phase } from '@backstay/deployment';
import { eventsStream, intakeStream } from '../bus/streams.ts';
import {
  cdEventsPrefix,
  eventsPrefix,
  intakeSubject,
  repliesPrefix,
  wakePattern,
  wakePrefix,
} from '../bus/subjects.ts';

export const serviceNames = [...phases, 'operator-api'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The subjects that a credential may use; NATS refuses it all others. */
export interface Access {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The durable consumer of the intake, shared by the replicas of its service. */
export const intakeConsumer = (service: string): string => `${service}-${intakeSubject.replaceAll('.', '-')}`;

/** Where a service gets the broker's replies; nobody else may listen there. */
export const inboxOf = (service: string): string => `_INBOX.${service}`;

const wakeUps = `${wakePrefix}.>`;

/** Its one writer or reader creates a stream, looks at it and puts it right. Nobody deletes or purges one. */
const keeping = (stream: string): readonly string[] =>
  ['INFO', 'CREATE', 'UPDATE'].map((request) => `$JS.API.STREAM.${request}.${stream}`);

const consuming = (stream: string, consumer: string): readonly string[] => [
  ...['INFO', 'CREATE', 'MSG.NEXT'].map((request) => `$JS.API.CONSUMER.${request}.${stream}.${consumer}`),
  `$JS.ACK.${stream}.${consumer}.>`,
];

/** What a phase does with NATS beside hearing its wake-ups. An append wakes any phase, so each may send all wake-ups. */
const ofPhase = (phase: Phase, ...more: readonly string[]): Access => ({
  publish: [wakeUps, ...more],
  subscribe: [wakePattern(phase), ...(more.length === 0 ? [] : [`${inboxOf(phase)}.>`])],
});

/** Everything that each service does with NATS. */
export const accessOfServices: Readonly<Record<ServiceName, Access>> = {
  planning: ofPhase(
    'planning',
    ...keeping(intakeStream.name),
    ...consuming(intakeStream.name, intakeConsumer('planning')),
    `${repliesPrefix}.>`,
  ),
  execution: ofPhase('execution'),
  verification: ofPhase('verification'),
  monitoring: ofPhase('monitoring'),
  rollback: ofPhase('rollback'),
  'operator-api': {
    publish: [wakeUps, `${eventsPrefix}.>`, `${cdEventsPrefix}.>`, ...keeping(eventsStream.name)],
    subscribe: [`${inboxOf('operator-api')}.>`],
  },
};

/** What a publisher may do in its own account: ask for deployments under its own name, and hear the replies of the broker and of planning. */
export const accessOfPublisher = (name: string): Access => ({
  publish: [`${intakeSubject}.${name}`],
  subscribe: ['_INBOX.>'],
});

/** What readers hear: every event, nothing else. */
export const readable: readonly string[] = [`${eventsPrefix}.>`, `${cdEventsPrefix}.>`];
