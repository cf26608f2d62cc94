import { BlockList, isIP } from 'node:net';

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
 * Patterns are `host:port`; the port may be `*`, the host may begin with `*.` or be `*`. Without a port: 80 and 443.
 * A pattern with a wildcard in its host never permits a loopback or link-local address; one that names it does.
 */
export function allowList(patterns: string[]): AllowList {
  const rules = patterns.map(ruleOf);
  const listed = (host: string, port: number) => rules.some((rule) => rule.exact && rule.matches(host, port));
  return {
    permitsHost: (host, port) => rules.some((rule) => rule.matches(host, port)),
    permitsAddress: (host, address, port) =>
      !isLocal(address) || listed(address, port) || (isLocalName(host) && listed(host, port)),
  };
}

type Rule = { exact: boolean; matches: (host: string, port: number) => boolean };

function ruleOf(pattern: string): Rule {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\*|\d+))?$/.exec(pattern.trim().toLowerCase()) ?? [];
  const name = plainHost(host);
  const ports = port === undefined ? [80, 443] : [Number(port)];
  const matchesPort = (asked: number) => port === '*' || ports.includes(asked);
  return { exact: !name.includes('*'), matches: (asked, number) => matchesPort(number) && matchesHost(name, asked) };
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '') return false;
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Without the brackets of IPv6 and the final dot of an absolute name. */
export const plainHost = (host: string) =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
