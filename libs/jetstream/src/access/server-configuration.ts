import { intakeSubject, repliesPrefix } from '../bus/subjects.ts';
import {
  accessOfPublisher,
  accessOfServices,
  readable,
  serviceNames,
  type Access,
  type ServiceName,
} from './access.ts';

/** Public nkeys by the name of whom they belong to. */
export interface PublicKeys {
  readonly services: Readonly<Record<ServiceName, string>>;
  readonly publishers: Readonly<Record<string, string>>;
  readonly readers: Readonly<Record<string, string>>;
}

const account = 'BACKSTAY';

const list = (subjects: readonly string[]): string =>
  `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;

const user = (key: string, { publish, subscribe }: Access): string =>
  `{ nkey: ${key}, permissions: { publish: ${list(publish)}, subscribe: ${list(subscribe)} } }`;

/**
 * The accounts of nats-server, to be included into its configuration; it holds public keys only. Publishers and readers have
 * an account each: JetStream acknowledges to whatever subject a message names for its reply, and in an account of their own
 * that reaches nothing but themselves.
 */
export function serverAccounts({ services, publishers, readers }: PublicKeys): string {
  const users = serviceNames.map((name) => `      ${user(services[name], accessOfServices[name])}`);
  const exports = [
    `{ service: "${intakeSubject}.*" }`,
    ...readable.map((subject) => `{ stream: "${subject}" }`),
    ...Object.keys(publishers).map(
      (name) => `{ stream: "${repliesTo(name)}", accounts: ["${accountOfPublisher(name)}"] }`,
    ),
  ];
  return [
    'accounts {',
    `  ${account} {`,
    '    jetstream: enabled',
    '    users: [',
    ...users,
    '    ]',
    `    exports: [${exports.join(', ')}]`,
    '  }',
    ...Object.entries(publishers).map(([name, key]) => publisherAccount(name, key)),
    ...Object.entries(readers).map(([name, key]) => readerAccount(name, key)),
    '}',
    '',
  ].join('\n');
}

const accountOfPublisher = (name: string): string => `publisher-${name}`;
const repliesTo = (name: string): string => `${repliesPrefix}.${name}.>`;

const publisherAccount = (name: string, key: string): string =>
  [
    `  ${accountOfPublisher(name)} {`,
    `    users: [${user(key, accessOfPublisher(name))}]`,
    '    imports: [',
    `      { service: { account: ${account}, subject: "${intakeSubject}.${name}" } }`,
    `      { stream: { account: ${account}, subject: "${repliesTo(name)}" }, to: "_INBOX.>" }`,
    '    ]',
    '  }',
  ].join('\n');

/** A reader may keep streams of its own over what it hears. */
const readerAccount = (name: string, key: string): string =>
  [
    `  reader-${name} {`,
    '    jetstream: enabled',
    `    users: [{ nkey: ${key} }]`,
    `    imports: [${readable.map((subject) => `{ stream: { account: ${account}, subject: "${subject}" } }`).join(', ')}]`,
    '  }',
  ].join('\n');
