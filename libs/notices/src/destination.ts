import { readDestination, type Destination } from '@backstay/document';
import { UnsupportedDestination } from './errors.ts';

export type { Destination };

/** Throws `UnsupportedDestination`. */
export function parseDestination(text: string): Destination {
  const destination = readDestination(text);
  if (destination === undefined) throw new UnsupportedDestination(text.trim().split(/\s/, 1)[0]!);
  return destination;
}
