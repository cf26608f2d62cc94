import type { DeploymentDocument } from '../reading/document.ts';
import { parseDocument } from '../reading/parse.ts';
import type { Source } from '../plan/values.ts';
import type { Plan } from '../plan/plan.ts';
import { printPlan } from './print-plan.ts';

/**
 * A plan in JSON with the places that its nodes have in its printed document, which is what people are shown of it. Nodes that a
 * document does not hold itself stay where they were, and so does all of a plan that no document can say.
 */
export function placedInDocument(plan: Plan): Plan {
  const parsed = parseDocument(printPlan(plan));
  return parsed.ok ? placed(plan, parsed.document) : plan;
}

function placed(plan: Plan, document: DeploymentDocument): Plan {
  const { monitoring, rollback } = plan;
  return {
    ...plan,
    steps: inPlaces(plan.steps, document.steps),
    environmentVariables: inPlaces(plan.environmentVariables, document.variables),
    secrets: inPlaces(plan.secrets, document.secrets),
    dependencies: inPlaces(plan.dependencies, document.dependencies),
    smokeTests: inPlaces(plan.smokeTests, document.smokeTests),
    healthChecks: inPlaces(plan.healthChecks, document.healthChecks),
    monitoring: {
      ...monitoring,
      metrics: inPlaces(monitoring.metrics, document.monitoring.metrics),
      thresholds: inPlaces(monitoring.thresholds, document.monitoring.thresholds),
    },
    rollback: {
      ...rollback,
      triggers: inPlaces(rollback.triggers, document.rollback.triggers),
      steps: inPlaces(rollback.steps, document.rollback.steps),
    },
    documentation: inPlaces(plan.documentation, document.documentation),
    blockedBy: inPlaces(plan.blockedBy, document.blockedBy),
    blocks: inPlaces(plan.blocks, document.blocks),
    acceptanceCriteria: plan.acceptanceCriteria.map((each, index) => ({
      ...each,
      line: document.criteria[index]?.line ?? each.line,
    })),
  };
}

/** What is printed in an order is read in it. */
function inPlaces<Node extends { source: Source }>(
  nodes: readonly Node[],
  read: readonly { readonly source: Source }[],
): Node[] {
  return nodes.map((node, index) => ({ ...node, source: read[index]?.source ?? node.source }));
}
