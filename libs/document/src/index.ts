export { allowRule, placeOfUrl, plainHost } from './context/allow.ts';
export { writtenYaml, yamlProblems } from './context/written-yaml.ts';
export { acceptPlan } from './planning/accept-plan.ts';
export {
  bindingsSchema,
  parseBindings,
  type Bindings,
  type ParsedBindings,
  type SmokeBinding,
} from './context/bindings.ts';
export { destinationForms, readDestination, type Destination } from './values/destinations.ts';
export { isBelow, logFoldersOf } from './planning/check-logs.ts';
export { planDigest, procedureDigest, type Digest } from './planning/digest.ts';
export type * from './reading/document.ts';
export type * from './reading/nodes.ts';
export { formatDuration, parseDuration } from './values/duration.ts';
export { defaultBeyondMs } from './planning/plan-monitoring.ts';
export { counted, duration, percent, quantileName, quantity } from './values/figures.ts';
export { jsonSchemas, type SchemaName } from './planning/json-schemas.ts';
export { lint, lintPlan } from './reading/lint.ts';
export { makePlan, type PlanContext, type Planned } from './planning/make-plan.ts';
export type { Parsed } from './reading/grammars.ts';
export { parseDocument } from './reading/parse.ts';
export { issueMessage } from './problems/issue-message.ts';
export { placedIssues, type PlacedIssue } from './problems/placed-issues.ts';
export { expectedOneOf } from './problems/expected.ts';
export { didYouMean } from './problems/nearest.ts';
export { isPlanText, planIn, readPlanText } from './planning/plan-text.ts';
export * from './plan/checks.ts';
export * from './plan/configuration.ts';
export * from './plan/criteria.ts';
export * from './plan/monitoring.ts';
export { trafficFlows } from './plan/traffic.ts';
export { isMeasured, isWatchedByChecks } from './plan/watching.ts';
export { silenceLines, withoutTraffic } from './planning/silence.ts';
export { isProduction } from './values/environments.ts';
export * from './plan/plan.ts';
export * from './plan/values.ts';
export { printPlan } from './printing/print-plan.ts';
export { problemCodes, type ProblemCode } from './problems/problem-codes.ts';
export type * from './problems/problem.ts';
export {
  environmentsInOrder,
  overridableCodes,
  parseProfiles,
  profilesSchema,
  serviceProfile,
  type EnvironmentProfile,
  type MonitoringProfile,
  type ParsedProfiles,
  type Profiles,
  type ServiceProfile,
} from './context/profiles.ts';
export {
  judgedLines,
  renderDocument,
  type JudgedDocument,
  type JudgedLine,
  type LineEvidence,
  type LineVerdict,
} from './printing/render-document.ts';
export { isInRange, isSameVersion } from './values/version-range.ts';
export { readAssigned, writeAssigned } from './values/assignments.ts';
export { encodingProblem, NotUtf8, utf8Text } from './values/utf8.ts';
export { isWithinWindows, nextOpening } from './values/window.ts';
export {
  hasNoValue,
  namesIn,
  substitute,
  substituteKnown,
  TooMuchText,
  UnknownNames,
  type Lookup,
  type SubstitutionMode,
} from './values/substitute.ts';
export { shellLine } from './values/shell.ts';
export { expanded, templatesOf } from './values/expansion.ts';
export { compareDecimals, isDecimal, isHeldByDouble } from './values/decimals.ts';
export {
  jsonTextOf,
  mustBeFlat,
  mustKeepNumbers,
  mustNameOnce,
  NameTwice,
  NotJson,
  readJson,
  readWrittenJson,
  WrittenNumber,
  type WrittenJson,
} from './values/json-text.ts';
export { jsonPointer } from './values/json-pointer.ts';
export { placeOfOffset } from './planning/json-place.ts';
export { BudgetExceeded, budgets } from './values/budgets.ts';
export { headerProblem, prefixOf, reservedBecause } from './values/reserved-names.ts';
export { knownNames, type Known } from './values/variables.ts';
export {
  channelOf,
  dutyOf,
  evidenceReadBy,
  kindOf,
  mutates,
  servingOf,
  pauseOf,
  requestOf,
  sectionOf,
  undoKindOf,
  undoSteps,
} from './steps/lookup.ts';
export type { RecordedWeights } from './steps/recorded.ts';
export { stepKinds, type Action, type ActionKind, type PhraseName, type Undo } from './steps/registry.ts';
export { weightsBefore } from './steps/traffic.ts';
export type { RollbackDraft } from './steps/undo.ts';
export { describeEvidence } from './values/evidence.ts';
export type { RevertPart } from './steps/revert.ts';
export { hasSecret, secretInUrl } from './values/url-secrets.ts';
export { deployers } from './values/deployers.ts';
export { asksPrometheus, metricSources, type MetricSource } from './values/metric-sources.ts';
