import type { Bindings } from '../context/bindings.ts';
import type { DeploymentDocument } from '../reading/document.ts';
import type { Blocker, Problem } from '../problems/problem.ts';
import { missingService, type BlockerCode, type Entry } from './entries.ts';
import type { Sources } from '../steps/seen.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Profiles, ServiceProfile } from '../context/profiles.ts';

/** What a plan is made from, and what it lacks. */
export class Needs implements Sources {
  readonly blockers: Blocker[] = [];
  /** The keys of each file for which a line has been shown, so that a second one below them is shown as such. */
  readonly #shown = new Set<string>();
  /** What a service needs that has no entry at all. */
  readonly #ofService: { readonly line: number; readonly entry: Entry }[] = [];
  readonly warnings: Problem[] = [];

  constructor(
    readonly document: DeploymentDocument,
    readonly environment: string,
    readonly bindings: Bindings | undefined,
    readonly profile: ServiceProfile | undefined,
    /** All that the platform knows, so that a service without an entry is reported as such. */
    readonly profiles?: Profiles | undefined,
  ) {}

  /** The line to add to `.backstay.yaml`. */
  binding(line: number, entry: Entry): void {
    this.#lack('missing-binding', line, entry, this.bindings, '.backstay.yaml');
  }

  /** The line to add to the service's entry in the environment profile. */
  profileEntry(line: number, entry: Entry): void {
    if (this.profile === undefined && this.profiles) this.#ofService.push({ line, entry });
    else this.#lack('missing-profile-entry', line, entry, this.profile, this.#profileName());
  }

  /** One more item of a list in the service's entry in the environment profile, as YAML writes it. */
  profileItem(line: number, key: 'allow' | 'secrets' | 'variables' | 'logs', item: string, why: string): void {
    const isThere = (this.profile?.[key]?.length ?? 0) > 0 || this.#shown.has(key);
    this.#shown.add(key);
    const entry = isThere ? `add \`${item}\` to \`${key}\` in` : `add \`${key}: [${item}]\` to`;
    this.block('missing-profile-entry', `${entry} ${this.#profileName()}: ${why}`, line);
  }

  /** What keeps the plan from running; of a service without an entry once, with the entry to add. */
  allBlockers(): Blocker[] {
    if (this.#ofService.length === 0 || !this.profiles) return this.blockers;
    const entries = this.#ofService.map(({ entry }) => entry);
    const line = Math.min(...this.#ofService.map((each) => each.line));
    const message = missingService(this.document.scope.name, this.environment, entries, this.profiles);
    return [...this.blockers, { code: 'missing-profile-entry', message, line }];
  }

  #profileName(): string {
    return `the environment profile of ${this.document.scope.name} in ${this.environment}`;
  }

  #lack(code: BlockerCode, line: number, { key, name, value }: Entry, file: object | undefined, where: string): void {
    const reported = `${code} ${key} ${name}`;
    if (this.#shown.has(reported)) return;
    const written = Object.entries(file ?? {}).find(([each]) => each === key)?.[1] as object | undefined;
    const names = Object.keys(written ?? {});
    const isThere = this.#shown.has(`${code} ${key}`) || names.length > 0;
    this.#shown.add(reported).add(`${code} ${key}`);
    const near = didYouMean((name ?? '').replaceAll('"', ''), names);
    if (name === undefined) this.block(code, `add \`${key}: ${value}\` to ${where}`, line);
    else if (isThere) this.block(code, `add \`${name}: ${value}\` to \`${key}\` in ${where}${near}`, line);
    else this.block(code, `add \`${key}: { ${name}: ${value} }\` to ${where}`, line);
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
