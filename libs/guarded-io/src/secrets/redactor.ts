import { redactor as redactorOf } from '@backstay/document/redaction';
import type { Secret } from './secret.ts';

/** Masks these secrets, and what is derived from them, in a text. */
export type Redact = (text: string) => string;

/** `open`: public values of the plan; what they show is not masked. */
export function redactor(secrets: Iterable<Secret | string>, open: Iterable<string> = []): { text: Redact } {
  const values = [...secrets].map((secret) => (typeof secret === 'string' ? secret : secret.reveal()));
  return { text: redactorOf(values, open).text };
}
