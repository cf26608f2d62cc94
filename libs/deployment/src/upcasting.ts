import type { DomainEvent } from '@backstay/event-sourcing';

/** Gives an event of an earlier shape the shape, or the type, of today; leaves one of today's shape as it is. */
export type Upcaster = (stored: DomainEvent) => DomainEvent;

/** By the type under which the event is stored. Empty: every type still has its first shape. */
const upcasters: Readonly<Record<string, Upcaster>> = {};

/** Every stored event passes here before it is folded. Only type and data change: id, version and hash stay those of the record. */
export const upcast = upcastWith(upcasters);

/** An upcaster that renames a type calls the upcaster of the new name. */
export function upcastWith(
  registry: Readonly<Record<string, Upcaster>>,
): <Stored extends DomainEvent>(event: Stored) => Stored {
  return function today<Stored extends DomainEvent>(event: Stored): Stored {
    const upcaster = Object.hasOwn(registry, event.type) ? registry[event.type] : undefined;
    if (upcaster === undefined) return event;
    const { type, data } = upcaster(event);
    const converted = { ...event, type, data };
    return type === event.type ? converted : today(converted);
  };
}
