import { isEventType } from '@backstay/deployment';
import type { Decider, Fact } from '@backstay/event-sourcing';

/** A stream holds what a newer version wrote. Nobody acts on what he does not understand: the newer version does. */
export class UnknownFact extends Error {
  override readonly name = 'UnknownFact';

  constructor(type: string) {
    super(
      `${type} is a fact that this version does not know, so it does not act on this stream; run the version that wrote it`,
    );
  }
}

/** The decider of who acts: its fold stops at a fact that it does not know. @throws {UnknownFact} from `evolve` */
export function knowingAll<Command, State, Event extends Fact>(
  decider: Decider<Command, State, Event>,
): Decider<Command, State, Event> {
  return {
    ...decider,
    evolve: (state, event) => {
      if (!isEventType(event.type)) throw new UnknownFact(event.type);
      return decider.evolve(state, event);
    },
  };
}
