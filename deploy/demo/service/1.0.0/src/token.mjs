/** JSON Web Tokens, HS256 (RFC 7519), and nothing else: a token that names another algorithm is refused. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

const LIFETIME_SECONDS = 3_600;
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/** @param {{user: string, key: string, now: number}} request `now` in milliseconds */
export function issueToken({ user, key, now }) {
  const issued = Math.floor(now / 1_000);
  const claims = encode({ sub: user, jti: randomUUID(), iat: issued, exp: issued + LIFETIME_SECONDS });
  return `${HEADER}.${claims}.${sign(`${HEADER}.${claims}`, key).toString('base64url')}`;
}

/** @returns the claims, or null when the token is malformed, forged or expired */
export function readToken({ token, key, now }) {
  const [header, claims, signature, ...rest] = token.split('.');
  if (header !== HEADER || !claims || !signature || rest.length > 0) return null;
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(`${header}.${claims}`, key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return read.exp * 1_000 > now ? read : null;
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(text, key) {
  return createHmac('sha256', key).update(text).digest();
}
