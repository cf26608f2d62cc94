export { allowList, type AllowList } from './allow-list.ts';
export { HttpProblem, Interrupted, NotAllowed, TimedOut, TooLarge, Unreachable } from './errors.ts';
export { guardedFetch } from './guarded-fetch.ts';
export type { Address, GuardedFetch, GuardOptions, HttpRequest, HttpResponse } from './guarded-fetch.ts';
