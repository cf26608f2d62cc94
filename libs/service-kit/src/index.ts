export { openBus } from './bus/open-bus.ts';
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
export { databasePlace } from './housekeeping/kept-store.ts';
export { directoryHousekeeper, runHousekeeping } from './housekeeping/run-housekeeping.ts';
export { HealthController, PLATFORM } from './http/health.controller.ts';
export { nestLogger } from './http/nest-logger.ts';
export { openPlatform, openRuntime, platformOf, sha256, type Platform, type Runtime } from './platform.ts';
export { runProcess } from './run-process.ts';
export {
  hostedPhase,
  startPhaseService,
  startPhaseServices,
  type PhaseService,
  type RunningService,
  type StartedServices,
} from './start-service.ts';
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
  PhaseHost,
  type DeploymentContext,
  type DeploymentHandlers,
  type EnvironmentHandlers,
  type HostedPhase,
  type PhaseHandlers,
} from './worker/phase-host.ts';
