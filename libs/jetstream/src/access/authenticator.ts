import { readFileSync } from 'node:fs';
import { credsAuthenticator, nkeyAuthenticator, type Authenticator } from '@nats-io/transport-node';

/** Whoever has several keeps each as a file of its own. */
export interface Credentials {
  /** Path of an nkey's seed or of a `.creds` file; read anew at each connection, so that it can be exchanged. */
  readonly creds?: string;
  /** An nkey's seed itself. */
  readonly seed?: string;
}

/** Undefined where there are no credentials. It throws while the file is not there; once it was, what it held last serves. */
export function authenticatorOf({ creds, seed }: Credentials): Authenticator | undefined {
  if (seed !== undefined) return ofText(seed);
  if (creds === undefined) return undefined;
  let last: string | undefined;
  // An error at a later connection would close it for good.
  return (nonce) => ofText((last = textOf(creds, last)))(nonce);
}

function textOf(file: string, last: string | undefined): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (last === undefined) throw error;
    return last;
  }
}

function ofText(text: string): Authenticator {
  const bytes = new TextEncoder().encode(text.trim());
  return text.includes('-----BEGIN ') ? credsAuthenticator(bytes) : nkeyAuthenticator(bytes);
}
