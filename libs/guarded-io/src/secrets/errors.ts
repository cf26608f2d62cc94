/** A secret that no source holds; the message names it and where it was looked for. */
export class SecretNotFound extends Error {
  override readonly name = 'SecretNotFound';

  constructor(
    readonly secret: string,
    lookedFor: string[],
  ) {
    super(`secret ${secret} is not provided; looked for ${lookedFor.join(', then ')}`);
  }
}

/** A secret source that this version does not have. */
export class UnsupportedSecretSource extends Error {
  override readonly name = 'UnsupportedSecretSource';

  constructor(scheme: string) {
    super(`secrets from '${scheme}' are not supported in this version; supported are 'env' and 'file:PATH'`);
  }
}

/** A secrets file that cannot be read or understood. The message never holds anything of its content. */
export class UnreadableSecretFile extends Error {
  override readonly name = 'UnreadableSecretFile';

  constructor(path: string, why: string) {
    super(`the secrets file ${path} ${why}`);
  }
}
