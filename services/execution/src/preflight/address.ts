import { placeOfUrl } from '@backstay/document';
import { allowList } from '@backstay/guarded-io';

/** Why an address is not called in this environment; null where it may be. `shown`: what it may be called. */
export function addressProblem(address: string, allow: readonly string[], shown: string): string | null {
  const place = placeOfUrl(address);
  if (place === undefined) return `${shown} is not an http or https URL`;
  return allowList([...allow]).permitsHost(place.host, place.port)
    ? null
    : `${shown} is not in the profile's \`allow\``;
}
