export { BusLink } from './bus/bus-link.ts';
export { Closing } from './closing.ts';
export { ConfigurationProblems, readSettings, settingsSchema, type Settings } from './config/config.ts';
export { ProfileFile, ProfileUnreadable } from './config/profile-file.ts';
export {
  Housekeeper,
  rulesIn,
  type Candidate,
  type HousekeeperOptions,
  type Pruned,
  type Survey,
} from './housekeeping/housekeeper.ts';
export { IdleSupervisors } from './idle-supervisors.ts';
export { databasePlace } from './housekeeping/kept-store.ts';
export { pruneEverywhere, type PrunedPlace } from './housekeeping/prune-everywhere.ts';
export {
  directoryHousekeeper,
  HOUSEKEEPERS,
  Housekeeping,
  type OpenHousekeepers,
} from './housekeeping/housekeeping.ts';
export { HealthModule } from './health/health.module.ts';
export { askAgain, type AskAgainOptions } from './ask-again.ts';
export { createService, listening, type RunningService } from './application.ts';
export { PlatformModule } from './platform.module.ts';
export { openPlatform, openRuntime, PLATFORM, platformOf, sha256, type Platform, type Runtime } from './platform.ts';
export { runProcess } from './run-process.ts';
export { PHASE_HANDLERS, type PhaseService } from './phase.module.ts';
export { startPhaseService, startPhaseServices, type StartedServices } from './start-service.ts';
export { inSpan, startSpan, traceAppend, type OpenSpan, type SpanOptions } from './tracing/spans.ts';
export {
  Detached,
  unlessDetached,
  unlessLeft,
  type EffectContext,
  type EffectHandlers,
  type LookAgain,
  type Outcome,
} from './worker/effect-handler.ts';
export {
  hostedPhase,
  PhaseHost,
  type DeploymentContext,
  type DeploymentHandlers,
  type EnvironmentHandlers,
  type HostedPhase,
  type PhaseHandlers,
} from './worker/phase-host.ts';
export { rollbackReserveOf } from './rollback-reserve.ts';
export type { Clock } from './worker/ports.ts';
