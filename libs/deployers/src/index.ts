export {
  activate,
  type Activated,
  type ActivateRequest,
  deactivate,
  pointTo,
  type ServiceRoot,
  serviceState,
  startRelease,
  type StartReleaseRequest,
  type StartRequest,
  stopService,
  switchBack,
} from './release/activate.ts';
export { configurationDigest, configure, unconfigure } from './release/configure.ts';
export { NotReady, ReleaseInUse, ReleaseMissing, ServiceProblem } from './release/errors.ts';
export {
  currentRelease,
  enter,
  type Release,
  releaseAt,
  releaseName,
  type ReleaseRoot,
  treeOf,
} from './release/layout.ts';
export { listReleases, place, type PlaceRequest, prune, type PruneRequest, unplace } from './release/place.ts';
export type { ManagerChoice } from './release/managers.ts';
export type { ServiceState } from './release/process-manager.ts';
export type { Readiness } from './release/readiness.ts';
export { serviceLimits } from './release/service-limits.ts';
