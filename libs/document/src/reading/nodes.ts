import type { HealthCheck } from '../plan/checks.ts';
import type { Dependency } from '../plan/configuration.ts';
import type { CriterionRule, DocumentationLine } from '../plan/criteria.ts';
import type { AlertAction, Limit, Metric } from '../plan/monitoring.ts';
import type { MetricSource } from '../values/metric-sources.ts';
import type {
  ChangedDatabases,
  Clause,
  Command,
  EffectClass,
  OnFailure,
  Request,
  Source,
  WrittenUndo,
} from '../plan/values.ts';

/** Parts of a document that say nothing of what steps do. Values about which the document is silent are absent. */

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

export interface Modifiers {
  undo?: WrittenUndo;
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
  changesDatabase?: ChangedDatabases | 'none';
  directory?: string;
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
  /** Of the section. */
  line?: number;
  /** Of `Watch for`. */
  watchLine?: number;
  everyMs?: number;
  baselineMs?: number;
  minimumSamples?: number;
  minimumRequests?: number;
  mode?: 'shadow';
  /** `Traffic from smoke tests`. */
  syntheticTraffic?: boolean;
  /** The line of it. */
  trafficLine?: number;
  onNoData?: { waitMs: number; then: 'fail' | `ask:${string}` };
  metrics: Metric[];
  thresholds: ThresholdNode[];
}

export type TriggerRule =
  | { readonly kind: 'smoke-tests' | 'critical-flow' | 'manual' }
  | { readonly kind: 'limit'; readonly limit: LimitNode }
  | { readonly kind: 'alert'; readonly alert: string }
  | {
      readonly kind: 'degradation';
      readonly ratio: number;
      readonly beyondMs?: number;
      readonly forMs?: number;
      readonly overMs?: number;
    };

export interface TriggerNode {
  readonly text: string;
  readonly rule: TriggerRule;
  readonly source: Source;
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
