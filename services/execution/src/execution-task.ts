import type { DeploymentState } from '@backstay/deployment';
import type { StepTask } from '@backstay/steps';
import type { ProcedureRecords } from './procedure-records.ts';

/** A step of the plan, with what its deployment has done so far and what is recorded of others. */
export interface ExecutionTask extends StepTask {
  readonly state: DeploymentState;
  readonly records: ProcedureRecords;
}
