export type {
  Delivered,
  Deployer,
  Details,
  Readiness,
  Release,
  RunningAs,
  ServiceState,
  Starting,
} from './deployer.ts';
export { deployerNamed, refusalOf } from './registry.ts';
export { activate, serviceState, startRelease, stopService } from './release/activate.ts';
export { configure } from './release/configure.ts';
export { NotReady, ReleaseMissing } from './release/errors.ts';
export { currentRelease } from './release/layout.ts';
export { place } from './release/place.ts';
export { serviceLimits } from './service-limits.ts';
