import { BlockList, isIP } from 'node:net';
import { allowRule } from '@backstay/document';

/** Whether host and port of a URL, and then each address behind it, may be called. */
export type AllowList = {
  permitsHost(host: string, port: number): boolean;
  permitsAddress(host: string, address: string, port: number): boolean;
};

/** Loopback, link-local (cloud metadata among them) and "this host": reached only when listed as such. */
const local = new BlockList();
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addAddress('::1', 'ipv6');
local.addAddress('::', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
local.addAddress('fd00:ec2::254', 'ipv6');

const isLocal = (address: string) => local.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
const isLocalName = (host: string) => /(^|\.)localhost$/.test(host);

/**
 * A pattern with a wildcard in its host never permits a loopback or link-local address; one that names it does.
 */
export function allowList(patterns: string[]): AllowList {
  const rules = patterns.map(allowRule);
  const listed = (host: string, port: number) => rules.some((rule) => rule.exact && rule.matches(host, port));
  return {
    permitsHost: (host, port) => rules.some((rule) => rule.matches(host, port)),
    permitsAddress: (host, address, port) =>
      !isLocal(address) || listed(address, port) || (isLocalName(host) && listed(host, port)),
  };
}
