import { eventually as eventuallyWithin } from '@backstay/local-platform/testing';

/** As everywhere, with the patience that whole processes need, in milliseconds. */
export function eventually<T>(
  look: Parameters<typeof eventuallyWithin<T>>[0],
  what: Parameters<typeof eventuallyWithin<T>>[1],
  withinMs: number = 120_000,
): Promise<T> {
  return eventuallyWithin(look, what, withinMs);
}
