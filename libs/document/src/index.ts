export * from './document.ts';
export { parseDocument, type Parsed } from './parse.ts';
export * from './plan.ts';
export type * from './problem.ts';
export { problemCodes, type ProblemCode } from './problem-codes.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { isInRange } from './version-range.ts';
