import type { Actor } from '@backstay/event-sourcing';
import { PruningInterrupted, type Housekeeper, type Pruned } from './housekeeper.ts';

/** What became of one place. */
export interface PrunedPlace {
  readonly place: string;
  readonly pruned: readonly Pruned[];
  /** Another process prunes there now. */
  readonly isBusy?: true;
  /** What ended it early. */
  readonly fault?: { readonly error: unknown };
}

/**
 * Prunes one place after the other. What is removed is gone: what happens in one place neither hides nor stops another.
 * @param actor who asked; absent: the schedule
 */
export async function pruneEverywhere(
  housekeepers: readonly Pick<Housekeeper, 'place' | 'prune'>[],
  actor?: Actor,
): Promise<readonly PrunedPlace[]> {
  const places: PrunedPlace[] = [];
  for (const housekeeper of housekeepers) places.push(await prunedBy(housekeeper, actor));
  return places;
}

async function prunedBy(housekeeper: Pick<Housekeeper, 'place' | 'prune'>, actor?: Actor): Promise<PrunedPlace> {
  const { place } = housekeeper;
  try {
    const pruned = await housekeeper.prune(actor);
    return pruned === null ? { place, pruned: [], isBusy: true } : { place, pruned };
  } catch (error) {
    return error instanceof PruningInterrupted
      ? { place, pruned: error.pruned, fault: { error: error.cause } }
      : { place, pruned: [], fault: { error } };
  }
}
