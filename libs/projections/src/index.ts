export { deploymentOf, eventsAsOf, type Evidenced } from './events.ts';
export {
  deploymentSummary,
  publicSummary,
  summaryOf,
  type ActiveStatus,
  type DeploymentSummary,
  type HeldFor,
  type Progress,
  type RollbackTimes,
  type Status,
  type SummaryRow,
} from './deployment-summary/index.ts';
export {
  environmentView,
  type EnvironmentDeployment,
  type EnvironmentView,
  type RefusedAdoption,
} from './environment-view.ts';
export {
  knownAt,
  procedureEntryOf,
  procedureHistory,
  type ProcedureEntry,
  type ProcedureRow,
  type RevokedEvidence,
} from './procedure-history.ts';
export { auditTrail, type AuditEntry, type AuditTrail } from './audit-trail.ts';
export { why, type Why, type WhyLink } from './why/index.ts';
export { steps, type AttemptOutcome, type StepAttempt, type StepStatus, type StepView } from './steps.ts';
export {
  measurements,
  type BreachView,
  type Measurements,
  type MetricView,
  type SampleView,
  type ThresholdView,
} from './measurements.ts';
export {
  acceptanceCriteria,
  type AcceptanceCriteria,
  type CriterionVerdict,
  type CriterionView,
} from './acceptance-criteria/index.ts';
export { deploymentsIn, openRelations, type DeploymentRelation, type OpenRelations } from './open-relations.ts';
export { documentMarkdown, documentView, type DocumentView, type LineVerdict } from './document-view/index.ts';
export { overrideText, type OverrideView, type RejectedFor } from './overrides.ts';
export { deploymentsBehind, fleetEntry, type FleetEntry, type UnknownRunning } from './fleet.ts';
export {
  cycleThrough,
  relationsOf,
  describeBlocking,
  describeCycle,
  describeRelation,
  waitsOf,
  type Wait,
} from './relations.ts';
export {
  environmentInTheWay,
  held,
  howToLift,
  leftToPreflight,
  nothingToGoBackTo,
  rejected,
  type InTheWay,
  type LeftToPreflight,
} from './in-the-way.ts';
export { summaryIn, summaryOfEvent } from './sentences.ts';
export { restoreToCome, describeRestores, type RestoreView } from './restores.ts';
