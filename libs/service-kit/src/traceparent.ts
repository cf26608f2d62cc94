import { randomBytes } from 'node:crypto';

const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A new span of the same trace (W3C Trace Context, version 00), or of a new trace where the parent is absent or malformed. */
export function childOf(traceparent: string | undefined): string {
  const [, trace, flags] = form.exec(traceparent ?? '') ?? [];
  return `00-${trace ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${flags ?? '01'}`;
}
