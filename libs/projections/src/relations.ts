import { isInRange, type Plan, type Relation } from '@backstay/document';
import { deploymentsIn, type DeploymentRelation, type OpenRelations } from './open-relations.ts';

/** One open deployment waits for another, by a line of the document of one of them. */
export interface Wait {
  readonly of: OpenRelations;
  readonly for: OpenRelations;
  readonly relation: DeploymentRelation;
  /** Whose document says so. */
  readonly source: 'blocked-by' | 'blocks';
}

function names({ service, range, environment }: DeploymentRelation, other: OpenRelations): boolean {
  return service === other.service && environment === other.environment && isInRange(other.version, range);
}

/** What keeps this deployment: those that its *Blocked By* names, and those whose *Blocks* names it. */
export function waitsOf(of: OpenRelations, open: readonly OpenRelations[]): readonly Wait[] {
  if (!of.waits) return [];
  return open
    .filter(({ deployment }) => deployment !== of.deployment)
    .flatMap((other): Wait[] => [
      ...of.blockedBy
        .filter((relation) => names(relation, other))
        .map((relation) => ({ of, for: other, relation, source: 'blocked-by' as const })),
      ...other.blocks
        .filter((relation) => names(relation, of))
        .map((relation) => ({ of, for: other, relation, source: 'blocks' as const })),
    ]);
}

/** The shortest way on which this deployment waits for itself, or null. Each other open deployment is come to once. */
export function cycleThrough(from: OpenRelations, open: readonly OpenRelations[]): readonly Wait[] | null {
  const reached = new Set<string>();
  let ways: readonly (readonly Wait[])[] = [[]];
  while (ways.length > 0) {
    ways = ways.flatMap((way) => {
      const left = open.filter(({ deployment }) => !reached.has(deployment));
      const waits = waitsOf(way.at(-1)?.for ?? from, left);
      for (const { for: other } of waits) if (other.deployment !== from.deployment) reached.add(other.deployment);
      return waits.map((wait) => [...way, wait]);
    });
    const closed = ways.find((way) => way.at(-1)?.for.deployment === from.deployment);
    if (closed !== undefined) return closed;
  }
  return null;
}

export function nameOf({ service, version, environment, deployment }: OpenRelations): string {
  return `${service} ${version} to ${environment} (deployment ${deployment})`;
}

/** "a cycle, which ends only when one of them ends: A waits for B, which waits for A" */
export function describeCycle(cycle: readonly Wait[]): string {
  const [first] = cycle;
  if (first === undefined) return '';
  const others = cycle.map((wait) => nameOf(wait.for)).join(', which waits for ');
  return `a cycle, which ends only when one of them ends: ${nameOf(first.of)} waits for ${others}`;
}

/** The relations of one that asks are those of its own plan, whatever the read model knows already. */
export function relationsOf(deployment: string, plan: Plan): OpenRelations {
  const { service, version, environment } = plan;
  const relations = { blockedBy: deploymentsIn(plan.blockedBy), blocks: deploymentsIn(plan.blocks) };
  return { deployment, service, version, environment, waits: true, ...relations };
}

/** "deployment of ledger >=2.0.0 to production (line 180)" */
export const describeRelation = ({ text, source }: Relation): string => `${text} (line ${source.line})`;

/** "ledger 2.0.0 to production (deployment d4) blocks it until it ends: ... (line 12 there)" */
export const describeBlocking = ({ for: other, relation }: Wait): string =>
  `${nameOf(other)} blocks it until it ends: ${relation.text} (line ${relation.line} there)`;
