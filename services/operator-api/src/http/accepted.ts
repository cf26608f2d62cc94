import { NotAcceptable } from '@backstay/service-kit/http';
import Negotiator from 'negotiator';

/**
 * The offered media type that `Accept` prefers; without a preference the first one, and none where it excludes all.
 * @param offered with their parameters, which a client may name or omit
 */
export function preferred<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type | undefined {
  return new Negotiator({ headers: { accept } }).mediaType([...offered]) as Type | undefined;
}

/** The same where one of them must be acceptable. @throws {NotAcceptable} */
export function accepted<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type {
  const found = preferred(accept, offered);
  if (found === undefined) throw new NotAcceptable(`available as ${offered.join(', ')}`);
  return found;
}
