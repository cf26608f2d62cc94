import { parsedJson } from './json-path.ts';

/** Three base64url parts of which the first is a JSON object with `alg`. The signature is not checked: the issuer's key is not known here. */
export function isJwt(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return false;
  const header = parsedJson(Buffer.from(value.split('.')[0]!, 'base64url').toString('utf8'));
  return isRecord(header) && typeof header.alg === 'string';
}

/** The JWT that a body is, or that one of its top-level fields holds. */
export function findJwt(body: string): string | undefined {
  const json = parsedJson(body);
  const candidates = [body.trim(), json, ...(isRecord(json) ? Object.values(json) : [])];
  return candidates.find(isJwt);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
