export { guardedIo, type GuardedIo } from './guarded-io.ts';
export { allowList, type AllowList } from './http/allow-list.ts';
export { HttpProblem, Interrupted, NotAllowed, TimedOut, TooLarge, Unreachable } from './http/errors.ts';
export {
  type Address,
  guardedFetch,
  type GuardedFetch,
  type GuardOptions,
  type HttpRequest,
  type HttpResponse,
} from './http/guarded-fetch.ts';
export { systemReason } from './http/system-errors.ts';
export {
  builtIns,
  type DeploymentContext,
  environmentOf,
  missingNames,
  MissingValues,
  providedFor,
  type ResolvedEnvironment,
} from './secrets/environment-of.ts';
export { SecretNotFound, UnreadableSecretFile, UnsupportedSecretSource } from './secrets/errors.ts';
export { type Redact, redactor } from './secrets/redactor.ts';
export { namesInEnvironment, secretResolver, type SecretResolver } from './secrets/secret-resolver.ts';
export { Secret } from './secrets/secret.ts';
export { guardedServer, type GuardedServer } from './servers/guarded-server.ts';
export { readXml, type ReadXml, type XmlNode } from './xml.ts';
