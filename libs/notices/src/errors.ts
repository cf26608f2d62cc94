import { destinationForms } from '@backstay/document';

/** A destination that this version cannot deliver to; nothing is sent anywhere instead. */
export class UnsupportedDestination extends Error {
  override readonly name = 'UnsupportedDestination';

  constructor(readonly kind: string) {
    super(`notices to '${kind}' are not supported in this version; supported are ${destinationForms.join(', ')}`);
  }
}
