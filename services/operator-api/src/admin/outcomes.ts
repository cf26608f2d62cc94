import { endingOf } from '@backstay/deployment';
import type { Projection } from '@backstay/event-sourcing';

/** How many deployments ended in which way. */
export type Outcomes = Readonly<Record<string, number>>;

export const outcomesKey = 'all';

/** How do deployments end? One row for all of them; a deployment ends once. */
export const deploymentOutcomes: Projection<Outcomes> = {
  name: 'deployment-outcomes',
  keys: (event) => (endingOf(event) === null ? [] : [outcomesKey]),
  evolve: (counts = {}, event) => {
    const outcome = endingOf(event);
    return outcome === null ? counts : { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 };
  },
};
