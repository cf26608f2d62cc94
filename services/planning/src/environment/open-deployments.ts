import { isEnded } from '@backstay/deployment';
import { cycleThrough, openRelations, waitsOf, type OpenRelations, type Wait } from '@backstay/projections';
import type { Platform } from '@backstay/service-kit';
import { deploymentState } from './streams.ts';

/** More open deployments than this are not looked at. */
const openAtMost = 1000;

/**
 * The open deployments with what they wait for, as the read model knows them; where nobody keeps it nothing is known, and
 * nothing is assumed: then a `Blocks` of another document holds nobody, and a cycle is not named. The lines of the own document
 * need it not.
 */
export async function openDeployments({ views }: Platform): Promise<readonly OpenRelations[]> {
  if ((await views.checkpoint(openRelations.name)) === null) return [];
  const { rows } = await views.list<OpenRelations>(openRelations.name, { order: 'asc', limit: openAtMost });
  return rows.map(({ body }) => body);
}

/** Those whose *Blocks* names this one and that have not ended; the read model may be behind, their streams are not. */
export async function blocking(
  platform: Platform,
  own: OpenRelations,
  open: readonly OpenRelations[],
): Promise<readonly Wait[]> {
  const blocking = waitsOf(own, open).filter(({ source }) => source === 'blocks');
  const going = await Promise.all(blocking.map((wait) => isOpen(platform, wait.for.deployment)));
  return blocking.filter((_, index) => going[index]);
}

async function isOpen(platform: Platform, deployment: string): Promise<boolean> {
  const state = await deploymentState(platform, deployment);
  return state.status !== 'none' && !isEnded(state);
}

/** A cycle all of whose waits still hold. */
export async function standingCycle(
  own: OpenRelations,
  open: readonly OpenRelations[],
  isSatisfied: (wait: Wait) => Promise<boolean>,
): Promise<readonly Wait[] | null> {
  const cycle = cycleThrough(own, [...open.filter(({ deployment }) => deployment !== own.deployment), own]);
  if (cycle === null) return null;
  const satisfied = await Promise.all(cycle.map(isSatisfied));
  return satisfied.includes(true) ? null : cycle;
}
