import type { Bindings } from '../context/bindings.ts';
import type { ServiceProfile } from '../context/profiles.ts';
import type { HealthCheck, SmokeTest } from '../plan/checks.ts';
import type { Dependency } from '../plan/configuration.ts';
import type { DocumentationLine } from '../plan/criteria.ts';
import type { Monitoring } from '../plan/monitoring.ts';
import type { Source, Stage } from '../plan/values.ts';
import type { BlockerCode, Entry } from '../planning/entries.ts';
import type { DependencyNode, Modifiers, Scope } from '../reading/nodes.ts';

/** What a step kind sees of the rest of a document and of a plan. Actions of other kinds are known by their kind alone. */

export interface AnyAction {
  readonly kind: string;
}

export interface AnyUndo {
  readonly kind: string;
}

/** A known phrase, whose meaning bindings and profile complete. `parts`: what the sub-bullets of its kind say. */
export interface PhraseMeaning<Name extends string = string, Parts extends object = object> {
  readonly kind: 'phrase';
  readonly phrase: Name;
  readonly argument?: string;
  readonly optional: boolean;
  readonly parts?: Parts;
}

export type MeaningOf<Act extends AnyAction, Name extends string = string> =
  | { readonly kind: 'action'; readonly action: Act }
  | PhraseMeaning<Name>;

export interface StepNodeOf<Meaning> {
  readonly stage: Stage;
  readonly number: number;
  readonly title: string;
  readonly meaning: Meaning;
  readonly modifiers: Modifiers;
  readonly source: Source;
}

export type SeenStep = StepNodeOf<MeaningOf<AnyAction>>;

export interface SeenDocument {
  readonly scope: Scope;
  readonly steps: readonly SeenStep[];
  readonly dependencies: readonly DependencyNode[];
  readonly rollback: { readonly dataLossMs?: number };
}

/** Where the meaning of a phrase is taken from, and where it says what is missing. */
export interface Sources {
  readonly document: SeenDocument;
  readonly bindings: Bindings | undefined;
  readonly profile: ServiceProfile | undefined;
  /** The line to add to `.backstay.yaml`. */
  binding(line: number, entry: Entry): void;
  /** The line to add to the service's entry in the environment profile. */
  profileEntry(line: number, entry: Entry): void;
  block(code: BlockerCode, message: string, line: number): void;
}

export interface SeenPlan {
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  readonly steps: readonly { readonly id: string; readonly title: string; readonly action: AnyAction }[];
  readonly dependencies: readonly Dependency[];
  readonly smokeTests: readonly SmokeTest[];
  readonly healthChecks: readonly HealthCheck[];
  readonly monitoring: Monitoring;
  readonly documentation: readonly DocumentationLine[];
  readonly channels: Readonly<Record<string, string>>;
}
