export { allowRule, placeOfUrl, plainHost } from './allow.ts';
export { acceptPlan } from './accept-plan.ts';
export { bindingsSchema, parseBindings, type Bindings, type ParsedBindings, type SmokeBinding } from './bindings.ts';
export { destinationForms, readDestination, type Destination } from './destinations.ts';
export { planDigest, procedureDigest, type Digest } from './digest.ts';
export type * from './document.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { jsonSchemas, type SchemaName } from './json-schemas.ts';
export { lint, lintPlan } from './lint.ts';
export { makePlan, type PlanContext, type Planned } from './make-plan.ts';
export { parseDocument, type Parsed } from './parse.ts';
export { inWords } from './in-words.ts';
export { isPlanText, planIn, readPlanText } from './plan-text.ts';
export * from './plan.ts';
export { printPlan } from './print-plan.ts';
export { problemCodes, type ProblemCode } from './problem-codes.ts';
export type * from './problem.ts';
export {
  environmentsInOrder,
  parseProfiles,
  profilesSchema,
  serviceProfile,
  type EnvironmentProfile,
  type MonitoringProfile,
  type ParsedProfiles,
  type Profiles,
  type ServiceProfile,
} from './profiles.ts';
export {
  judgedLines,
  renderDocument,
  type JudgedDocument,
  type JudgedLine,
  type LineEvidence,
  type LineVerdict,
} from './render-document.ts';
export { isInRange } from './version-range.ts';
export { isWithinWindows, nextOpening } from './window.ts';
