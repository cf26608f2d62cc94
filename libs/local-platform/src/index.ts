export { inspectParts, type InspectOptions, type Inspection } from './inspect.ts';
export {
  PartFailed,
  PartInUse,
  PartMissing,
  type Part,
  type PartName,
  type ProvisionOptions,
  type RestartOptions,
} from './part.ts';
export { startNats } from './parts/nats.ts';
export { startPlatformParts, type PlatformParts } from './parts/platform.ts';
export { loginOf, startPostgres } from './parts/postgres.ts';
export { startRedis } from './parts/redis.ts';
export { scratchDir } from './run/directories.ts';
export { freePort } from './run/port.ts';
