export { specificationOf } from './specification.ts';
export { eventStoreContract, type EventStoreUnderTest } from './event-store-contract.ts';
export { sealedFacts, testDigest } from './samples.ts';
