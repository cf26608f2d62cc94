import { substitute } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import { haproxy, type Proxy } from '@backstay/traffic';
import { knownEnvironment } from '../environment.ts';
import type { Preflight } from '../kind.ts';

/** The proxy at a socket as a plan writes it; what is not of this machine must be in the profile's `allow`. */
export function proxyAt(
  { context, deployment }: Pick<Preflight, 'context' | 'deployment'>,
  socket: string,
  signal: AbortSignal,
): Proxy {
  const place = substitute(socket, knownEnvironment({ context, deployment }).lookup);
  return haproxy(place, { network: guardedIo(deployment.plan), signal });
}
