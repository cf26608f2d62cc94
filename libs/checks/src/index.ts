export type { CheckResult } from './check-result.ts';
export { clauseText } from './clause-text.ts';
export { withValues } from './expectations.ts';
export { InvalidJsonPath, isJsonPath, parsedJson } from './json-path.ts';
export {
  type CommandOutcome,
  failingTexts,
  judgeCommand,
  type JudgedResponse,
  type Judgement,
  judgeResponse,
} from './judge.ts';
export { isJwt } from './jwt.ts';
export { type DependencyOptions, type DependencyResult, probeDependencies } from './probe-dependencies.ts';
export { NoBaseUrl, type Sending, sendRequest } from './request.ts';
export { type FlowObservation, type FlowOptions, type FlowResult, runFlows } from './run-flows.ts';
export { type HealthOptions, runHealthChecks } from './run-health-checks.ts';
