export * from './http/index.ts';
export * from './secrets/index.ts';
export * from './substitution/index.ts';
export * from './commands/index.ts';
export * from './git/index.ts';
export * from './checks/index.ts';
export * from './release/index.ts';
export * from './database/index.ts';
