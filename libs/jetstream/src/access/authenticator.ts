import { readFileSync } from 'node:fs';
import { credsAuthenticator, nkeyAuthenticator, type Authenticator } from '@nats-io/transport-node';

/** Whoever has several keeps each as a file of its own. */
export interface Credentials {
  /** Path of an nkey's seed or of a `.creds` file; read anew at each connection, so that it can be exchanged. */
  readonly creds?: string;
  /** An nkey's seed itself. */
  readonly seed?: string;
}

/** Undefined where there are no credentials. */
export function authenticatorOf({ creds, seed }: Credentials): Authenticator | undefined {
  if (seed !== undefined) return ofText(seed);
  return creds === undefined ? undefined : (nonce) => ofText(readFileSync(creds, 'utf8'))(nonce);
}

function ofText(text: string): Authenticator {
  const bytes = new TextEncoder().encode(text.trim());
  return text.includes('-----BEGIN ') ? credsAuthenticator(bytes) : nkeyAuthenticator(bytes);
}
