export { specificationOf } from './specification.ts';
export { eventStoreContract, type EventStoreUnderTest } from './event-store-contract.ts';
export { sealedEvents, testDigest } from './samples.ts';
export { leastMs } from './least-time.ts';
export { numbersFrom } from './numbers-from.ts';
export { runs, seeds, size } from './runs.ts';
export { garbled, placesOf, valueAt, type Place } from './garbling.ts';
export { tally } from './tally.ts';
