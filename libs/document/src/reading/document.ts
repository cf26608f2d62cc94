import type { EnvironmentVariable } from '../plan/configuration.ts';
import type { Relation } from '../plan/criteria.ts';
import type { Action, PhraseName } from '../steps/registry.ts';
import type { MeaningOf, StepNodeOf } from '../steps/seen.ts';
import type { Reference } from '../values/variables.ts';
import type {
  CriterionNode,
  DependencyNode,
  DocumentationNode,
  HealthCheckNode,
  MonitoringNode,
  Scope,
  SecretNode,
  SmokeTestNode,
  TriggerNode,
} from './nodes.ts';

/**
 * A deployment document, read. It differs from a plan in what the document alone cannot know: known phrases are still phrases,
 * and values about which the document is silent are absent.
 */
export interface DeploymentDocument {
  /** The version of the language in which it was read. */
  readonly grammar: number;
  readonly title?: string;
  readonly scope: Scope;
  readonly steps: readonly StepNode[];
  readonly variables: readonly EnvironmentVariable[];
  readonly secrets: readonly SecretNode[];
  readonly dependencies: readonly DependencyNode[];
  readonly smokeTests: readonly SmokeTestNode[];
  readonly healthChecks: readonly HealthCheckNode[];
  readonly monitoring: MonitoringNode;
  readonly rollback: RollbackNode;
  readonly documentation: readonly DocumentationNode[];
  readonly blockedBy: readonly Relation[];
  readonly blocks: readonly Relation[];
  readonly criteria: readonly CriterionNode[];
  /** `${NAME}`s that only bindings can declare, because a secret of the document leaves its names to them. */
  readonly undecided: readonly Reference[];
  /** Line -> column at which its text begins, for findings that are made later. */
  readonly columns: ReadonlyMap<number, number>;
}

/** What a step says is done: an action in full, or a phrase whose meaning bindings and profile complete. */
export type Meaning = MeaningOf<Action, PhraseName>;

export type StepNode = StepNodeOf<Meaning>;

export interface RollbackNode {
  readonly triggers: readonly TriggerNode[];
  readonly steps: readonly StepNode[];
  readonly mode?: 'shadow';
  readonly estimatedMs?: number;
  readonly timeoutMs?: number;
  readonly dataLossMs?: number;
}
