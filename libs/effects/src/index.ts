export * from './http/index.ts';
export * from './secrets/index.ts';
export * from './substitution/index.ts';
export * from './commands/index.ts';
export * from './git/index.ts';
export * from './checks/index.ts';
export * from './release/index.ts';
export * from './database/index.ts';
export * from './evidence/index.ts';
export * from './notices/index.ts';
export * from './traffic/index.ts';
export * from './steps/index.ts';
// Both a command's end and what a judge reads of it have this name; the end is the one that others use.
export type { CommandOutcome } from './commands/index.ts';
