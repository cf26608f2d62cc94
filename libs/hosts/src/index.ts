export {
  bootId,
  hostId,
  inheritedEnvironment,
  isAlive,
  processesMarked,
  type ProcessIdentity,
  readRecord,
  send,
  syncDirectory,
  writeDurably,
} from '../supervisor/machine.mjs';
export { accountEnvironment, accountNamed, whyNoSwitch, type Account } from './account.ts';
export { change } from './changes.ts';
export { looseModes, tightenDataDirectory, type LooseMode } from './data-directory.ts';
export { codeNamedIn, isLackOfPlatform } from './lack-of-platform.ts';
export { keepIdleSupervisors } from './idle-supervisors.ts';
export { KeptFiles, keptFilesKinds, type KeptFile, type KeptFilesKind } from './kept-files.ts';
export { controlGroupLimits, hasControlGroups, type ProcessLimits, type ReadText } from './control-group.ts';
export type { CommandOutcome, CommandOutput } from './outcome.ts';
export { outputContains, ownOutput } from './output-contains.ts';
export { giveTo, letRead, makePassable, moveAs, otherOwnerOf, type Owner, ownerOf, removeTree } from './ownership.ts';
export { requireProcessGroups } from './platform.ts';
export {
  type CommandInterruption,
  type CommandProbe,
  forgetCommand,
  interruptCommand,
  probeCommand,
} from './probe-command.ts';
export type { CommandLine, CommandName, CommandRequest } from './request.ts';
export { isReserveAdvisory, RollbackReserve } from './rollback-reserve.ts';
export { runCommand, SupervisorFailed } from './run-command.ts';
export { serviceSupervisor } from './service-supervisor.ts';
export { stepFolder } from './step-folder.ts';
export { passFence, StaleToken } from './stale-token.ts';
export { timeLimit } from './time-limit.ts';
export { type WaitOutcome, type WaitRequest, waitUntil } from './wait-until.ts';
