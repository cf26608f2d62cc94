/** A pattern of `allow`: `host:port`; the port may be `*`, the host may begin with `*.` or be `*`. Without a port: 80 and 443. */
export interface AllowRule {
  /** Names one host rather than many. */
  readonly exact: boolean;
  readonly matches: (host: string, port: number) => boolean;
}

export function allowRule(pattern: string): AllowRule {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\*|\d+))?$/.exec(pattern.trim().toLowerCase()) ?? [];
  const name = plainHost(host);
  const ports = port === undefined ? [80, 443] : [Number(port)];
  const matchesPort = (asked: number): boolean => port === '*' || ports.includes(asked);
  return { exact: !name.includes('*'), matches: (asked, number) => matchesPort(number) && matchesHost(name, asked) };
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '') return false;
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Without the brackets of IPv6 and the final dot of an absolute name. */
export function plainHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** `host:port` of an http or https URL, as `allow` lists it; undefined for everything else. */
export function placeOfUrl(
  url: string,
): { readonly host: string; readonly port: number; readonly shown: string } | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  return { host: plainHost(hostname), port: number, shown: `${hostname}:${number}` };
}
