import type { Clause, Command, EffectClass, OnFailure, Request, Source, Stage, Undo } from '../plan/values.ts';
import type { Dependency, EnvironmentVariable } from '../plan/configuration.ts';
import type { HealthCheck } from '../plan/checks.ts';
import type { AlertAction, Limit, Metric, MetricSource } from '../plan/monitoring.ts';
import type { CriterionRule, DocumentationLine, Relation } from '../plan/criteria.ts';
import type { Action } from '../plan/plan.ts';
import type { Reference } from '../values/variables.ts';

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

export interface Scope {
  readonly name: string;
  readonly version: string;
  /** More than one: the request chooses. */
  readonly environments: readonly string[];
  readonly repository?: string;
  readonly ref?: string;
  readonly cloudProvider?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly baseUrl?: string;
  readonly windows: readonly string[];
}

export type PhraseName =
  | 'tests'
  | 'scans'
  | 'backup'
  | 'notify-window'
  | 'pull'
  | 'build'
  | 'migrate'
  | 'deploy'
  | 'configure'
  | 'restart'
  | 'smoke-tests'
  | 'dashboards'
  | 'logs'
  | 'critical-flows'
  | 'documentation'
  | 'stop-new'
  | 'previous-version'
  | 'restore'
  | 'restart-previous'
  | 'health'
  | 'notify-rollback';

/** What a step says is done: an action in full, or a phrase whose meaning bindings and profile complete. */
export type Meaning =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'phrase'; readonly phrase: PhraseName; readonly argument?: string; readonly optional: boolean };

export interface StepNode {
  readonly stage: Stage;
  readonly number: number;
  readonly title: string;
  readonly meaning: Meaning;
  readonly modifiers: Modifiers;
  readonly source: Source;
}

export interface Modifiers {
  undo?: Undo;
  expected?: Clause[];
  onFailure?: OnFailure;
  retry?: { times: number; everyMs: number };
  timeoutMs?: number;
  waitUntil?: { command: Command; withinMs: number };
  onlyIn?: string[];
  effect?: EffectClass;
  probe?: Command;
  irreversible?: boolean;
  mutates?: boolean;
  directory?: string;
  dataLossMs?: number;
}

/** Without `names`, bindings give them by the title. */
export interface SecretNode {
  readonly title: string;
  readonly names?: readonly string[];
  readonly source: Source;
}

/** Without `check`, the profile's `probes` give a URL by the title. */
export interface DependencyNode {
  readonly title: string;
  readonly check?: Dependency['check'];
  readonly source: Source;
}

export interface SmokeTestNode {
  readonly number: number;
  readonly title: string;
  readonly request: Request;
  readonly expect: readonly Clause[];
  readonly captures: Readonly<Record<string, string>>;
  readonly retry?: { times: number; everyMs: number };
  readonly timeoutMs?: number;
  readonly onFailure?: OnFailure;
  readonly source: Source;
}

/** Without `check`, the profile's `probes` give a URL by the title. */
export interface HealthCheckNode {
  readonly title: string;
  readonly check?: HealthCheck['check'];
  readonly source: Source;
}

/** A limit whose times may be left to the defaults. */
export type LimitNode = Omit<Limit, 'forMs' | 'overMs' | 'defaulted'> & {
  readonly forMs?: number;
  readonly overMs?: number;
};

export type ThresholdNode = LimitNode & { readonly action: AlertAction; readonly source: Source };

export interface MonitoringNode {
  source?: MetricSource;
  watchMs?: number;
  everyMs?: number;
  baselineMs?: number;
  minimumSamples?: number;
  minimumRequests?: number;
  mode?: 'shadow';
  onNoData?: { waitMs: number; then: 'fail' | `ask:${string}` };
  metrics: Metric[];
  thresholds: ThresholdNode[];
}

export type TriggerRule =
  | { readonly kind: 'smoke-tests' | 'critical-flow' | 'manual' }
  | { readonly kind: 'limit'; readonly limit: LimitNode }
  | { readonly kind: 'alert'; readonly alert: string }
  | { readonly kind: 'degradation'; readonly ratio: number; readonly forMs?: number; readonly overMs?: number };

export interface TriggerNode {
  readonly text: string;
  readonly rule: TriggerRule;
  readonly source: Source;
}

export interface RollbackNode {
  readonly triggers: readonly TriggerNode[];
  readonly steps: readonly StepNode[];
  readonly mode?: 'shadow';
  readonly estimatedMs?: number;
  readonly timeoutMs?: number;
  readonly dataLossMs?: number;
}

/** Without `proof`, bindings `documentation` name a path by the key. */
export interface DocumentationNode {
  readonly text: string;
  readonly key?: string;
  readonly optional: boolean;
  readonly proof?: DocumentationLine['proof'];
  readonly source: Source;
}

export interface CriterionNode {
  readonly text: string;
  readonly line: number;
  readonly rule: Exclude<CriterionRule, { kind: 'limit' }> | { readonly kind: 'limit'; readonly limit: LimitNode };
}
