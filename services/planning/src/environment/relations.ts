import type { DeploymentRelation, OpenRelations } from '@backstay/projections';
import semver from 'semver';

/** One open deployment waits for another, by a line of the document of one of them. */
export interface Wait {
  readonly of: OpenRelations;
  readonly for: OpenRelations;
  readonly relation: DeploymentRelation;
  /** Whose document says so. */
  readonly saidBy: 'blocked-by' | 'blocks';
}

/** A version that is no semantic version satisfies only itself. */
export function satisfies(version: string, range: string): boolean {
  return version === range || (semver.valid(version) !== null && semver.satisfies(version, range));
}

function names({ service, range, environment }: DeploymentRelation, other: OpenRelations): boolean {
  return service === other.service && environment === other.environment && satisfies(other.version, range);
}

/** What keeps this deployment: those that its *Blocked By* names, and those whose *Blocks* names it. */
export function waitsOf(of: OpenRelations, open: readonly OpenRelations[]): readonly Wait[] {
  if (!of.waits) return [];
  return open
    .filter(({ deployment }) => deployment !== of.deployment)
    .flatMap((other): Wait[] => [
      ...of.blockedBy
        .filter((relation) => names(relation, other))
        .map((relation) => ({ of, for: other, relation, saidBy: 'blocked-by' as const })),
      ...other.blocks
        .filter((relation) => names(relation, of))
        .map((relation) => ({ of, for: other, relation, saidBy: 'blocks' as const })),
    ]);
}

/** The shortest way on which this deployment waits for itself, or null. Each open deployment is looked at once. */
export function cycleThrough(from: OpenRelations, open: readonly OpenRelations[]): readonly Wait[] | null {
  const seen = new Set<string>();
  let ways: readonly (readonly Wait[])[] = waitsOf(from, open).map((wait) => [wait]);
  while (ways.length > 0) {
    const closed = ways.find((way) => way.at(-1)?.for.deployment === from.deployment);
    if (closed !== undefined) return closed;
    ways = ways.flatMap((way) => {
      const last = way.at(-1)?.for;
      if (last === undefined || seen.has(last.deployment)) return [];
      seen.add(last.deployment);
      return waitsOf(last, open).map((wait) => [...way, wait]);
    });
  }
  return null;
}

export function nameOf({ service, version, environment, deployment }: OpenRelations): string {
  return `${service} ${version} to ${environment} (deployment ${deployment})`;
}

/** "a cycle, which ends only when one of them ends: A waits for B, which waits for A" */
export function tellCycle(cycle: readonly Wait[]): string {
  const [first] = cycle;
  if (first === undefined) return '';
  const others = cycle.map((wait) => nameOf(wait.for)).join(', which waits for ');
  return `a cycle, which ends only when one of them ends: ${nameOf(first.of)} waits for ${others}`;
}
