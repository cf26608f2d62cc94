import type { DomainEvent } from '@backstay/event-sourcing';
import { isEndType, phasesWokenBy } from './catalogue.ts';
import { effectKey, type Next } from './effect.ts';
import type { Phase } from './phase.ts';

/** A phase that is to look at a stream. */
export interface WakeUp {
  readonly phase: Phase;
  readonly stream: string;
}

/** What was appended at once to one stream. */
export interface Appended<State> {
  readonly stream: string;
  readonly events: readonly DomainEvent[];
  readonly after: State;
  /** The state before it with the time of the append, ISO 8601: then only a phase whose next action changed is woken. Absent: not known. */
  readonly before?: { readonly state: State; readonly now: string };
}

/** The phases that the catalogue names for these events. */
export function wokenBy(events: readonly DomainEvent[]): readonly Phase[] {
  return [...new Set(events.flatMap(({ type }) => phasesWokenBy(type)))];
}

/** Whether what other deployments wait for may be there with an event of this type: an end, or another release that runs. */
export function mayEndWaits(type: string): boolean {
  return isEndType(type) || type === 'EnvironmentSettled' || type === 'EnvironmentAdopted';
}

/** Whether a phase must be woken: it has something else to do, or nothing more, or must look again before it meant to. */
export function isNews(before: Next, after: Next): boolean {
  switch (after.kind) {
    case 'effect':
      return (
        before.kind !== 'effect' ||
        effectKey(before.effect) !== effectKey(after.effect) ||
        isEarlier(after.reviewAt, before.reviewAt)
      );
    case 'wait':
      return before.kind !== 'wait' || isEarlier(after.until, before.until);
    case 'idle':
    case 'complete':
      return before.kind === 'effect';
  }
}

function isEarlier(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && (other === undefined || Date.parse(one) < Date.parse(other));
}
