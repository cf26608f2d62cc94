import type { Decider, DomainEvent } from '@backstay/event-sourcing';
import type { KeptKind } from './retention.ts';

/** What is about to be removed. */
export interface PrunedItem {
  readonly kind: KeptKind;
  readonly id: string;
  /** Every deployment that it belonged to. */
  readonly deployments: readonly string[];
  readonly bytes: number;
  /** sha256 of its content, of a folder's listing; null where it has none. */
  readonly digest: string | null;
  readonly modifiedAt: string;
  readonly rule: string;
  /** How many things it stands for; absent: one. */
  readonly count?: number;
}

/** `kept`: it was needed again meanwhile. `failed`: it could not be removed; it is tried again. */
export type PruningOutcome = 'removed' | 'absent' | 'kept' | 'failed';

export interface PrunedEnd {
  readonly kind: KeptKind;
  readonly id: string;
  readonly outcome: PruningOutcome;
  readonly why?: string;
}

/** The intent: recorded before anything is removed. */
export type PruningStarted = DomainEvent<
  'PruningStarted',
  { readonly items: readonly PrunedItem[]; readonly host: string; readonly at: string }
>;
export type PruningCompleted = DomainEvent<
  'PruningCompleted',
  { readonly items: readonly PrunedEnd[]; readonly host: string; readonly at: string }
>;
export type HousekeepingEvent = PruningStarted | PruningCompleted;

export type HousekeepingCommand =
  | ({ readonly type: 'StartPruning' } & PruningStarted['data'])
  | ({ readonly type: 'CompletePruning' } & PruningCompleted['data']);

/** What was begun to be removed and whose end is not recorded, by kind and id. */
export interface HousekeepingState {
  readonly open: Readonly<Record<string, PrunedItem>>;
}

export const keyOfKept = ({ kind, id }: Pick<PrunedItem, 'kind' | 'id'>): string => `${kind} ${id}`;

export const housekeeping: Decider<HousekeepingCommand, HousekeepingState, HousekeepingEvent> = {
  initialState: { open: {} },
  decide: (command, { open }) => {
    const isOpen = (item: Pick<PrunedItem, 'kind' | 'id'>) => Object.hasOwn(open, keyOfKept(item));
    const { host, at } = command;
    if (command.type === 'StartPruning') {
      const items = command.items.filter((item) => !isOpen(item));
      return items.length === 0 ? [] : [{ type: 'PruningStarted', data: { items, host, at } }];
    }
    const items = command.items.filter(isOpen);
    return items.length === 0 ? [] : [{ type: 'PruningCompleted', data: { items, host, at } }];
  },
  evolve: ({ open }, event) => {
    if (event.type === 'PruningStarted')
      return { open: { ...open, ...Object.fromEntries(event.data.items.map((item) => [keyOfKept(item), item])) } };
    const ended = new Set(event.data.items.map(keyOfKept));
    return { open: Object.fromEntries(Object.entries(open).filter(([key]) => !ended.has(key))) };
  },
};
