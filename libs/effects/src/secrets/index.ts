export { SecretNotFound, UnreadableSecretFile, UnsupportedSecretSource } from './errors.ts';
export { MASK, redactor, type RedactedStream, type Redactor } from './redactor.ts';
export { namesInEnvironment, secretResolver, type SecretResolver } from './secret-resolver.ts';
export { Secret } from './secret.ts';
