import { isEndType } from '@backstay/deployment';
import type { Relation } from '@backstay/document';
import type { Projection } from '@backstay/event-sourcing';
import { deploymentOf, isDeploymentRecord, type DeploymentRecord, type RecordOf } from './events.ts';

/** A line of *Blocked By* or *Blocks* that names a deployment; `range` is a semantic version range or an exact version. */
export interface DeploymentRelation {
  readonly text: string;
  readonly line: number;
  readonly service: string;
  readonly range: string;
  readonly environment: string;
}

/** What a deployment that has not ended waits for, and what it keeps waiting. */
export interface OpenRelations {
  readonly deployment: string;
  readonly service: string;
  readonly version: string;
  readonly environment: string;
  /** Whether it still waits for what its document names; false when that was there. */
  readonly waits: boolean;
  readonly blockedBy: readonly DeploymentRelation[];
  readonly blocks: readonly DeploymentRelation[];
}

/** Which open deployments wait for which? One row for each that has a plan and no end. A rollback of its own waits for nobody. */
export const openRelations: Projection<OpenRelations> = {
  name: 'open-relations',
  keys: (event) => {
    const id = deploymentOf(event);
    return id !== null && isDeploymentRecord(event) && isHeard(event.type) ? [id] : [];
  },
  evolve: (row, event, key) => (isDeploymentRecord(event) ? evolved(row ?? null, event, key) : (row ?? null)),
};

const isHeard = (type: DeploymentRecord['type']): boolean =>
  type === 'PlanDrafted' || type === 'BlockersCleared' || isEndType(type);

function evolved(row: OpenRelations | null, event: DeploymentRecord, deployment: string): OpenRelations | null {
  if (event.type === 'PlanDrafted') return drafted(event, deployment);
  if (event.type === 'BlockersCleared') return row && { ...row, waits: false };
  return isEndType(event.type) ? null : row;
}

function drafted({ data }: RecordOf<'PlanDrafted'>, deployment: string): OpenRelations | null {
  if (data.inherited !== null) return null;
  const { service, version, environment, blockedBy, blocks } = data.plan;
  const named = { blockedBy: deploymentsIn(blockedBy), blocks: deploymentsIn(blocks) };
  return { deployment, service, version, environment, waits: true, ...named };
}

/** What a person confirms names no deployment. */
export function deploymentsIn(relations: readonly Relation[]): readonly DeploymentRelation[] {
  return relations.flatMap(({ text, rule, source }) => {
    if (rule.kind === 'manual') return [];
    const { service, range, environment } = rule;
    return [{ text, line: source.line, service, range, environment }];
  });
}
