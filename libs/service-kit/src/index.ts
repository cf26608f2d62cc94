export { actingDeployment, actingEnvironment, type Acting } from './beat/aggregate.ts';
export { Beat } from './beat/beat.ts';
export { Detached, unlessDetached, type EffectContext, type Outcome, type Performers } from './beat/performer.ts';
export {
  PhaseRunner,
  type DeploymentPerformers,
  type EnvironmentPerformers,
  type HintPort,
  type PhaseRunnerOptions,
} from './beat/phase-runner.ts';
export { splitStream } from './beat/streams.ts';
export { knowingAll, UnknownFact } from './beat/unknown-fact.ts';
export { ConfigurationProblems, readSettings, settingsSchema, type Settings } from './config/config.ts';
export { HealthController, PLATFORM } from './http/health.controller.ts';
export { nestLogger } from './http/nest-logger.ts';
export { openPlatform, sha256, type Platform } from './platform.ts';
export { runProcess } from './run-process.ts';
export { startPhaseService, type PhaseService, type RunningService } from './start-service.ts';
export { childOf } from './traceparent.ts';
