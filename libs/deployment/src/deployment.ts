import { streamName, type Decider } from '@backstay/event-sourcing';
import type { DeploymentEvent } from './events.ts';
import { evolveDeployment } from './evolve.ts';
import type { ExecutionCommand } from './execution/commands.ts';
import { decideExecution } from './execution/decide.ts';
import type { MonitoringCommand } from './monitoring/commands.ts';
import { decideMonitoring } from './monitoring/decide.ts';
import type { PlanningCommand } from './planning/commands.ts';
import { decidePlanning } from './planning/decide.ts';
import type { RollbackCommand } from './rollback/commands.ts';
import { decideRollback } from './rollback/decide.ts';
import type { DeploymentState } from './state.ts';
import type { VerificationCommand } from './verification/commands.ts';
import { decideVerification } from './verification/decide.ts';

export type DeploymentCommand =
  | PlanningCommand
  | ExecutionCommand
  | VerificationCommand
  | MonitoringCommand
  | RollbackCommand;

/** The aggregate: five slices joined. */
export const deployment: Decider<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  initialState: { status: 'none' },
  evolve: evolveDeployment,
  decide: (command, state) => {
    switch (command.type) {
      case 'CaptureRollbackPoint':
      case 'BeginStep':
      case 'CompleteStep':
      case 'ConfirmStep':
      case 'ResolveStep':
      case 'RecordEvidence':
        return decideExecution(command, state);
      case 'BeginChecks':
      case 'RecordChecks':
        return decideVerification(command, state);
      case 'BeginWatch':
      case 'BeginTraffic':
      case 'ChangeVerdict':
      case 'RaiseAlert':
      case 'DetectDegradation':
      case 'RecordLogs':
      case 'PassMonitoring':
      case 'AskUnwatched':
      case 'FailMonitoring':
      case 'BeginNotice':
      case 'RecordNotice':
        return decideMonitoring(command, state);
      case 'TriggerRollback':
      case 'PlanRollback':
      case 'FailRollback':
        return decideRollback(command, state);
      default:
        return decidePlanning(command, state);
    }
  },
};

export function deploymentStream(id: string): string {
  return streamName('deployment', id);
}

export function measurementsStream(id: string): string {
  return streamName('measurements', id);
}
