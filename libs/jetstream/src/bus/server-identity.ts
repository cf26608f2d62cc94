import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

type Check = (host: string, certificate: PeerCertificate) => Error | undefined;

/**
 * Checks a certificate against the servers that were asked for. The client library passes no name for a server that is
 * given by address, and Node then takes `localhost`; here the addresses count too.
 */
export function identityCheck(servers: readonly string[]): Check {
  const addresses = servers.map(hostOf).filter((host) => isIP(host) !== 0);
  return (host, certificate) => {
    const names = host === 'localhost' ? [...addresses, host] : [host];
    const errors = names.map((name) => checkServerIdentity(name, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
}

function hostOf(server: string): string {
  const { hostname } = new URL(server.includes('://') ? server : `nats://${server}`);
  return hostname.replaceAll(/^\[|\]$/g, '');
}
