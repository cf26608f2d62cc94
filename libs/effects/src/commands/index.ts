export type { CommandOutcome, CommandOutput } from './outcome.ts';
export { outputContains, ownWords } from './output-contains.ts';
export type { CommandInterruption, CommandProbe } from './probe-command.ts';
export { forgetCommand, interruptCommand, probeCommand } from './probe-command.ts';
export type { CommandLine, CommandName, CommandRequest } from './request.ts';
export { runCommand } from './run-command.ts';
export { StaleToken } from './stale-token.ts';
export type { WaitOutcome, WaitRequest } from './wait-until.ts';
export { waitUntil } from './wait-until.ts';
