import { showToken } from '../supervisor/machine.mjs';

/** Somebody with a higher token has taken over; whoever holds the lower one must not act any more. */
export class StaleToken extends Error {
  override readonly name = 'StaleToken';

  constructor(
    readonly token: number,
    readonly highest: number,
  ) {
    super(`token ${token} is stale: ${highest} was shown here`);
  }
}

/** Shows the token at the fence, see `showToken`. Throws {@link StaleToken} when a higher one was there. */
export function passFence(fence: string, token: number, options?: { readonly durable: boolean }): void {
  if (!Number.isSafeInteger(token) || token < 1)
    throw new RangeError(`a fencing token is a positive integer, not ${token}`);
  const highest = showToken(fence, token, options);
  if (highest > token) throw new StaleToken(token, highest);
}
