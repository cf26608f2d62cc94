import { createHash } from 'node:crypto';
import { v5 as uuidV5 } from 'uuid';
import { canonicalJson } from '@backstay/event-sourcing';

/**
 * Namespace of deployment ids: UUIDv5 of `deployments.backstay.dev` in the DNS namespace. Never to be changed: it would make
 * every repeated request a new deployment.
 */
export const deploymentNamespace = '5ea83068-9168-5293-a857-778398f90899';

/** Where a request came from, and which one it is there. */
export interface Origin {
  /** Whose subject it came on, which only that publisher may use; absent: the subject of everybody, or HTTP. */
  readonly publisher?: string;
  readonly source: string;
  readonly id: string;
}

// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;

/** Whether text can be part of an identity: not empty, without control characters, which CloudEvents forbid as well. */
export const isIdentifying = (text: unknown): text is string =>
  typeof text === 'string' && text !== '' && !control.test(text);

/**
 * UUIDv5 of `source`, a line feed, and `id`; `publisher` and a line feed come first where there is one, so that no publisher
 * can use up the identity of another one's request.
 * @throws {TypeError} when source or id is empty or has control characters.
 */
export function deploymentId({ publisher, source, id }: Origin): string {
  if (!isIdentifying(source) || !isIdentifying(id))
    throw new TypeError('source and id must be printable and not empty');
  // As bytes: half a surrogate pair, which JSON can carry, is no well-formed string.
  const parts = publisher === undefined ? [source, id] : [publisher, source, id];
  return uuidV5(Buffer.from(parts.join('\n')), deploymentNamespace);
}

/**
 * sha256 of the canonical request as lower-case hex: distinguishes the request from another one under the same identity.
 * @throws {RangeError} when the request is nested too deeply.
 */
export function bodyDigest(request: unknown): string {
  return createHash('sha256').update(canonicalJson(request), 'utf8').digest('hex');
}
