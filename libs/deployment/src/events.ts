import type { ExecutionEvent } from './execution/events.ts';
import type { MonitoringEvent } from './monitoring/events.ts';
import type { PlanningEvent } from './planning/events.ts';
import type { RollbackEvent } from './rollback/events.ts';
import type { VerificationEvent } from './verification/events.ts';

/** Every event that the stream `deployment-<id>` can hold. */
export type DeploymentEvent = PlanningEvent | ExecutionEvent | VerificationEvent | MonitoringEvent | RollbackEvent;
