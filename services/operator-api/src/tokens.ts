/** Aborted when the service ends: what would go on for ever stops then. */
export const CLOSING = Symbol('closing');
export const PLATFORM = Symbol('platform');
export const PROJECTIONS = Symbol('projections');
export const DESCRIPTION = Symbol('description');
