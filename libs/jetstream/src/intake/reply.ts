import { z } from 'zod';
import type { Problem } from '@backstay/document';
import { inboxOf, serviceNames } from '../access/access.ts';
import { repliesPrefix } from '../bus/subjects.ts';

/** The header in which a publisher names the subject on which it wants to hear what became of its request. */
export const replyHeader = 'backstay-reply-to';

/** NATS ends the connection of who publishes on a subject of some kilobytes. */
export const longestInbox = 256;
export const inboxPattern = /^_INBOX(?:\.[\w-]+)+$/;

/** Whether a publisher can listen there: an inbox without wildcards, and none of a service of ours. */
export const isInbox = (subject: string): boolean =>
  subject.length <= longestInbox &&
  inboxPattern.test(subject) &&
  !serviceNames.some((name) => `${subject}.`.startsWith(`${inboxOf(name)}.`));

/** Where planning publishes what arrives in this inbox of a publisher that has an account of its own. */
export const replySubject = (publisher: string, inbox: string): string =>
  `${repliesPrefix}.${publisher}.${inbox.slice('_INBOX.'.length)}`;

/** What became of a request: a deployment, or nothing because of its problems. */
export type IntakeReply = { readonly deploymentId: string } | { readonly problems: readonly Problem[] };

const problemSchema = z.object({
  file: z.string().optional(),
  line: z.number(),
  column: z.number(),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  suggestion: z.string().optional(),
  of: z.literal('request').optional(),
  pointer: z.string().optional(),
});

export const replySchema = z.union([
  z.strictObject({ deploymentId: z.string() }),
  z.strictObject({ problems: z.array(problemSchema).min(1) }),
]);

/** Null for what is no such reply. */
export function readReply(data: Uint8Array): IntakeReply | null {
  try {
    return replySchema.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return null;
  }
}
