import { expect } from 'vitest';
import { Rejection, type Decider } from '../decider.ts';
import type { DomainEvent } from '../event.ts';

/** States a decider's rule as given (events), when (a command), then (events, nothing, or a rejection's code). */
export function specificationOf<Command, State, Event extends DomainEvent>(decider: Decider<Command, State, Event>) {
  return {
    given: (...events: readonly Event[]) => {
      const state = events.reduce((before, event) => decider.evolve(before, event), decider.initialState);
      return {
        state,
        when: (command: Command) => ({
          then: (...expected: readonly Event[]) => expect(decider.decide(command, state)).toEqual(expected),
          thenTypes: (...types: readonly string[]) =>
            expect(decider.decide(command, state).map((event) => event.type)).toEqual(types),
          thenNothing: () => expect(decider.decide(command, state)).toEqual([]),
          thenRejected: (code: string) => expect(rejectionCode(() => decider.decide(command, state))).toBe(code),
        }),
      };
    },
  };
}

function rejectionCode(act: () => unknown): string {
  try {
    return `accepted with ${JSON.stringify(act())}`;
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
}
