import type { Bindings } from './bindings.ts';
import type { DeploymentDocument } from './document.ts';
import type { Blocker, Problem } from './problem.ts';
import type { ServiceProfile } from './profiles.ts';

export type BlockerCode =
  | 'missing-binding'
  | 'missing-profile-entry'
  | 'missing-consent'
  | 'unsupported-deployer'
  | 'unsupported-hosts'
  | 'unsupported-destination'
  | 'unknown-variable'
  | 'secret-in-argv';

/** What a plan is made from, and what it lacks. */
export class Needs {
  readonly blockers: Blocker[] = [];
  readonly warnings: Problem[] = [];

  constructor(
    readonly document: DeploymentDocument,
    readonly environment: string,
    readonly bindings: Bindings | undefined,
    readonly profile: ServiceProfile | undefined,
  ) {}

  /** The line to add to `.backstay.yaml`. */
  binding(line: number, entry: string): void {
    this.block('missing-binding', `add \`${entry}\` to .backstay.yaml`, line);
  }

  /** The line to add to the service's entry in the environment profile. */
  profileEntry(line: number, entry: string): void {
    const where = `${this.document.scope.name} in ${this.environment}`;
    this.block('missing-profile-entry', `add \`${entry}\` to the environment profile of ${where}`, line);
  }

  /** One blocker for each thing that is missing, at the first line that needs it. */
  block(code: BlockerCode, message: string, line: number): void {
    if (!this.blockers.some((blocker) => blocker.message === message)) this.blockers.push({ code, message, line });
  }

  warn(line: number, message: string): void {
    const column = this.document.columns.get(line) ?? 1;
    this.warnings.push({ line, column, severity: 'warning', code: 'needs-context', message });
  }
}

/** The value under a name, regardless of case. */
export function byName<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  const found = Object.entries(record ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found?.[1];
}
