import Negotiator from 'negotiator';
import { NotAcceptable } from './errors.ts';

/**
 * The offered media type that `Accept` prefers; without a preference the first one.
 * @param offered with their parameters, which a client may name or omit
 * @throws {NotAcceptable}
 */
export function accepted<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type {
  const preferred = new Negotiator({ headers: { accept } }).mediaType([...offered]);
  if (preferred === undefined) throw new NotAcceptable(`available as ${offered.join(', ')}`);
  return preferred as Type;
}
