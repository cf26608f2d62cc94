import { allowList } from '@backstay/effects';

/** Why an address is not called in this environment; null where it may be. `shown`: what it may be called. */
export function addressProblem(address: string, allow: readonly string[], shown: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return `${shown} is no http or https URL`;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return allowList([...allow]).permitsHost(url.hostname.replace(/^\[|\]$/g, ''), port)
    ? null
    : `${shown} is not in the profile's \`allow\``;
}
