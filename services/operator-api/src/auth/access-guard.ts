import type { Access } from '@backstay/api-contract';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Forbidden, type Request, routeOf } from '@backstay/service-kit/http';
import { AUTHENTICATOR, type Authenticator } from './authenticator.ts';
import { mayDo, type Principal } from './principal.ts';

const principals = new WeakMap<object, Principal>();

/** Lets in who may use the route; a handler that the contract does not have is denied to everybody. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #authenticator: Authenticator;

  constructor(@Inject(AUTHENTICATOR) authenticator: Authenticator) {
    this.#authenticator = authenticator;
  }

  canActivate(context: ExecutionContext): boolean {
    const route = routeOf(context.getHandler());
    if (route === undefined) throw new Forbidden('this route is open to nobody');
    if (route.access === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const principal = this.#authenticator.principalOf(request);
    if (!isLetIn(principal, route.access))
      throw new Forbidden(`this needs the role ${route.access}; ${principal.name} is ${principal.role}`);
    principals.set(request, principal);
    return true;
  }
}

// Which duty is asked for is known only to the handler.
function isLetIn(principal: Principal, access: Exclude<Access, 'public'>): boolean {
  if (access === 'duty') return mayDo(principal, 'operator') || principal.duties.length > 0;
  return mayDo(principal, access);
}

/** Who sends the request, after the guard has admitted it. */
export function principalOf(request: object): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Forbidden('nobody is known on this route');
  return principal;
}
