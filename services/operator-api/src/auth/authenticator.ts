import type { Platform } from '@backstay/service-kit';
import { Forbidden, headerOf, type Request, Unauthenticated } from '@backstay/service-kit/http';
import type { Principal } from './principal.ts';
import { readTokens, type Tokens } from './tokens.ts';

export const AUTHENTICATOR = Symbol('authenticator');

/** Finds out who asks. */
export interface Authenticator {
  /** @throws {Unauthenticated} @throws {Forbidden} */
  principalOf(request: Request): Principal;
  /** Whether anybody is known to carry this duty; if nobody, an operator may stand in. */
  isAssigned(duty: string): boolean;
}

/** The authenticator that the settings name. @throws when the tokens cannot be read */
export async function authenticatorOf({ settings, logger }: Platform): Promise<Authenticator> {
  switch (settings.BACKSTAY_AUTH) {
    case 'none':
      logger.warn('callers are not authenticated: whoever reaches this machine may do everything (BACKSTAY_AUTH=none)');
      return noAuthentication;
    case 'token':
      return tokenAuthentication(await readTokens(settings.BACKSTAY_TOKENS ?? ''));
  }
}

const everybody: Principal = { name: 'anonymous', role: 'admin', duties: [], claimed: true };

/** For loopback alone: everybody who reaches this machine may everything, but no page of another site may. */
export const noAuthentication: Authenticator = {
  principalOf: (request) => {
    refuseForeignOrigin(request);
    return everybody;
  },
  isAssigned: () => false,
};

/** Bearer tokens. A browser may show the token as the password of Basic, and then only look. */
export function tokenAuthentication(tokens: Tokens): Authenticator {
  return {
    principalOf: (request) => {
      const token = tokenOf(request);
      const principal = token === undefined ? null : tokens.principalOf(token);
      if (principal === null) throw new Unauthenticated('a known token is needed: Authorization: Bearer TOKEN');
      return principal;
    },
    isAssigned: (duty) => tokens.isAssigned(duty),
  };
}

function tokenOf(request: Request): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  // A browser sends Basic with every request, also with one that another site has it make: it changes nothing.
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password;
}

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

// Without tokens the browser of whoever works here would be enough: neither its pages nor names that were bent to loopback are let in.
function refuseForeignOrigin(request: Request): void {
  const host = headerOf(request, 'host') ?? '';
  if (!loopbackHost.test(host))
    throw new Forbidden('without authentication only requests to a loopback address are allowed');
  const origin = headerOf(request, 'origin');
  if (origin !== undefined && origin !== `http://${host}`)
    throw new Forbidden('requests from other sites are not allowed');
}
