import { expect } from '@jest/globals';
import { Rejection, type Decider } from '../decider.ts';
import type { Fact } from '../event.ts';

/** Tells a decider's rule as given (facts), when (a command), then (facts, nothing, or a rejection's code). */
export function specificationOf<Command, State, Event extends Fact>(decider: Decider<Command, State, Event>) {
  return {
    given: (...facts: readonly Event[]) => {
      const state = facts.reduce((so, fact) => decider.evolve(so, fact), decider.initialState);
      return {
        state,
        when: (command: Command) => ({
          then: (...expected: readonly Event[]) => expect(decider.decide(command, state)).toEqual(expected),
          thenTypes: (...types: readonly string[]) =>
            expect(decider.decide(command, state).map((fact) => fact.type)).toEqual(types),
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
