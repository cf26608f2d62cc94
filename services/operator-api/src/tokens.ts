export const PROJECTIONS = Symbol('projections');

/** Under which the service is given what has to start before its read models and its relay read the store. */
export const OTHERS = Symbol('others');
/** Resolves when it has; false: it could not, and the process ends. */
export type OthersStarted = () => Promise<boolean>;
