import { InMemoryEventStore } from './in-memory-event-store.ts';
import { eventStoreContract } from './testing/index.ts';

eventStoreContract('the in-memory event store', () =>
  Promise.resolve({ store: new InMemoryEventStore(), close: () => Promise.resolve() }),
);
