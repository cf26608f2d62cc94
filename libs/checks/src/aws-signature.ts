import { createHash, createHmac } from 'node:crypto';

export type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type AwsCall = {
  method: string;
  url: URL;
  /** Those that are signed beside `host` and `x-amz-date`; lower-case names. */
  headers?: Record<string, string>;
  body?: string;
  region: string;
  service: string;
  at: Date;
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The headers that carry AWS Signature Version 4, with those that it signs; `host` is left to the connection. */
export function awsSigned(call: AwsCall, credentials: AwsCredentials): Record<string, string> {
  const { region, service, at } = call;
  const time = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const { sessionToken } = credentials;
  const headers = {
    ...call.headers,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys({ ...headers, host: '' }).sort();
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(call, headers, names))].join('\n');
  const signature = hmac(signingKey(credentials.secretAccessKey, scope), toSign).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secret}`) as Buffer;
}

function canonicalRequest({ method, url, body = '' }: AwsCall, headers: Record<string, string>, names: string[]) {
  const values: Record<string, string> = { ...headers, host: url.host };
  const lines = names.map((name) => `${name}:${values[name]!.trim().replace(/ +/g, ' ')}\n`);
  const path = url.pathname.split('/').map(encoded).join('/');
  return [method, path, canonicalQuery(url), lines.join(''), names.join(';'), sha256(body)].join('\n');
}

function canonicalQuery({ searchParams }: URL): string {
  const pairs = [...searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.sort().join('&');
}

/** RFC 3986: only letters, digits and `-._~` stand as they are. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
