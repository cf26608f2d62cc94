export * from './plan.ts';
export type { Blocker, Problem } from './problem.ts';
