import type { DomainEvent } from './event.ts';

/**
 * A pure aggregate. `decide` returns events for a command, `[]` for what is already recorded, or throws a `Rejection`.
 * `evolve` folds one recorded event into the state.
 */
export interface Decider<Command, State, Event extends DomainEvent> {
  readonly initialState: State;
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
}

/** A command that the aggregate refuses in this state. Terminal: deciding again on the same state gives the same reply. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
