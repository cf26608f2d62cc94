import {
  retentionVerdict,
  type KeptKind,
  type KeptReason,
  type PrunedEnd,
  type PrunedItem,
  type RetentionRules,
} from '@backstay/deployment';
import { streamName, type Actor } from '@backstay/event-sourcing';
import type { Settings } from '../config/config.ts';
import type { Runtime } from '../platform.ts';
import type { LeasePort } from '../worker/ports.ts';
import type { Kept, KeptPlace, KeptStore } from './kept-store.ts';
import { OwnerStates } from './owner-state.ts';

const pageSize = 200;
/** Things of one kind that one run looks at. */
const mostExamined = 2_000;
const mostInOneEvent = 50;
const itself: Actor = { kind: 'service', name: 'housekeeping' };

/** What would be removed. */
export interface Candidate extends Omit<PrunedItem, 'digest'> {
  readonly place: string;
}

export interface Survey {
  readonly candidates: readonly Candidate[];
  /** How many are old enough and stay all the same, and why. */
  readonly kept: readonly { readonly kind: KeptKind; readonly because: KeptReason; readonly count: number }[];
  /** There is more than one run looks at. */
  readonly isPartial: boolean;
}

export interface Pruned extends Candidate {
  readonly outcome: PrunedEnd['outcome'];
  readonly why?: string;
}

/** A fault ended a run early, which is the cause; what it had removed by then is gone all the same. */
export class PruningInterrupted extends Error {
  override readonly name = 'PruningInterrupted';
  readonly pruned: readonly Pruned[];

  constructor(pruned: readonly Pruned[], cause: unknown) {
    super('a fault ended the pruning early', { cause });
    this.pruned = pruned;
  }
}

export interface HousekeeperOptions {
  readonly place: KeptPlace;
  readonly rules: RetentionRules;
  readonly runtime: Pick<Runtime, 'housekeeping' | 'repositoryPorts' | 'host' | 'now'> & { readonly leases: LeasePort };
  /** sha256 of the outputs that acceptance criteria of a deployment rest on. */
  readonly evidenceOf: (deployment: string) => Promise<ReadonlySet<string>>;
}

export function rulesIn(settings: Settings): RetentionRules {
  return {
    workspace: settings.BACKSTAY_KEEP_WORKSPACES,
    'command-record': settings.BACKSTAY_KEEP_COMMAND_RECORDS,
    backup: settings.BACKSTAY_KEEP_BACKUPS,
    mirror: settings.BACKSTAY_KEEP_MIRRORS,
    'rollback-reserve': settings.BACKSTAY_KEEP_ROLLBACK_RESERVES,
    output: settings.BACKSTAY_KEEP_OUTPUTS,
    lease: settings.BACKSTAY_KEEP_LEASES,
    'idempotency-keys': settings.BACKSTAY_KEEP_IDEMPOTENCY_KEYS,
    'parked-message': settings.BACKSTAY_KEEP_PARKED_MESSAGES,
  };
}

/** Removes from one place what its rule no longer keeps. Every removal is an event, recorded before it is done, and its end after. */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  /** Where the last run of each kind stopped, so that what stays for ever does not hide what follows it. */
  readonly #positions = new Map<KeptKind, string>();

  constructor(options: HousekeeperOptions) {
    this.#options = options;
  }

  get place(): string {
    return this.#options.place.id;
  }

  /** What would be removed now; nothing is changed. */
  async survey(): Promise<Survey> {
    const { candidates, ...survey } = await this.#examine(false);
    return { ...survey, candidates: await Promise.all(candidates.map((each) => this.#candidate(each))) };
  }

  /**
   * Ends what was begun, then removes what may go; null while another process does.
   * @param actor who asked; absent: the schedule
   * @throws {PruningInterrupted} with what was removed before
   */
  async prune(actor?: Actor): Promise<readonly Pruned[] | null> {
    const lease = await this.#options.runtime.leases.take({ name: `housekeeping-${this.place}` });
    if (lease === null) return null;
    const { signal } = lease;
    const pruned: Pruned[] = [];
    try {
      for (const item of await this.#begun()) pruned.push(...(await this.#finish(item, signal)));
      const { candidates } = await this.#examine(actor === undefined);
      for (const group of groups(candidates)) {
        if (signal.aborted) break;
        pruned.push(...(await this.#pruneGroup(group, actor ?? itself, signal)));
      }
      return pruned;
    } catch (error) {
      throw new PruningInterrupted(pruned, error);
    } finally {
      await lease.release();
    }
  }

  /** @param resumes whether it goes on where the last run stopped, rather than at the beginning */
  async #examine(resumes: boolean) {
    const owners = this.#owners();
    const candidates: Found[] = [];
    const kept = new Map<string, Survey['kept'][number]>();
    let isPartial = false;
    for (const store of this.#options.place.stores) {
      const { kind } = store;
      let examined = 0;
      let after = resumes ? (this.#positions.get(kind) ?? '') : '';
      for (let page = await this.#page(store, after); page.length > 0; page = await this.#page(store, after)) {
        for (const found of page) {
          const verdict = await this.#verdict(found, owners);
          if (verdict.prune) candidates.push({ found, rule: verdict.rule });
          else count(kept, kind, verdict.because);
        }
        after = page.at(-1)?.id ?? after;
        examined += page.length;
        if (page.length < pageSize) after = '';
        if (after === '' || examined >= mostExamined) break;
      }
      isPartial ||= after !== '' && examined >= mostExamined;
      if (resumes) this.#positions.set(kind, after);
    }
    return { candidates, kept: [...kept.values()], isPartial };
  }

  async #page(store: KeptStore, after: string): Promise<readonly Kept[]> {
    const { rules, runtime } = this.#options;
    const keepMs = rules[store.kind];
    if (keepMs === null) return [];
    const before = new Date(Date.parse(runtime.now()) - keepMs).toISOString();
    return store.list(before, after, pageSize);
  }

  async #verdict(found: Kept, states: OwnerStates) {
    const { rules, runtime, evidenceOf } = this.#options;
    const all = await Promise.all(found.isInUse ? [] : found.deployments.map((id) => states.of(id)));
    // The name of a workspace is a deployment's id or one that requests give it.
    const known = all.filter(({ status }) => status !== 'unknown');
    const owners = found.kind === 'workspace' && known.length > 0 ? known : all;
    const verdict = retentionVerdict({ ...found, owners }, rules, runtime.now());
    if (!verdict.prune || found.kind !== 'output') return verdict;
    const evidence = await Promise.all(found.deployments.map((id) => evidenceOf(id)));
    const isEvidence = evidence.some((outputs) => outputs.has(found.id));
    return retentionVerdict({ ...found, owners, isEvidence }, rules, runtime.now());
  }

  async #pruneGroup(group: readonly Found[], actor: Actor, signal: AbortSignal): Promise<readonly Pruned[]> {
    const { runtime, place } = this.#options;
    const { host } = runtime;
    const items: PrunedItem[] = [];
    for (const each of group) {
      const { place: _place, ...item } = await this.#candidate(each);
      items.push({ ...item, digest: (await this.#measured(each.found)).digest });
    }
    const at = runtime.now();
    const correlation = group[0]?.found.deployments[0] ?? streamName('housekeeping', place.id);
    await runtime.housekeeping.handle(place.id, { type: 'StartPruning', items, host, at }, { actor, correlation });
    return this.#end(items, { actor, correlation, signal });
  }

  /** What was begun by whoever did not come to its end. */
  async #begun(): Promise<readonly PrunedItem[]> {
    const { state } = await this.#options.runtime.housekeeping.load(this.place);
    return Object.values(state.open);
  }

  #finish(item: PrunedItem, signal: AbortSignal): Promise<readonly Pruned[]> {
    const correlation = item.deployments[0] ?? streamName('housekeeping', this.place);
    return this.#end([item], { actor: itself, correlation, signal });
  }

  /** What a lost lease leaves is ended by the next run. */
  async #end(
    items: readonly PrunedItem[],
    { signal, ...context }: { readonly actor: Actor; readonly correlation: string; readonly signal: AbortSignal },
  ): Promise<readonly Pruned[]> {
    const { runtime } = this.#options;
    // Looked up anew: since it was chosen, somebody may have begun to need it.
    const owners = this.#owners();
    const ends: PrunedEnd[] = [];
    for (const { kind, id } of items) {
      if (signal.aborted) break;
      ends.push({ kind, id, ...(await this.#remove(kind, id, owners)) });
    }
    const command = { type: 'CompletePruning', items: ends, host: runtime.host, at: runtime.now() } as const;
    await runtime.housekeeping.handle(this.place, command, context);
    return ends.map((end, index) => {
      const { digest: _digest, ...item } = items[index]!;
      return { ...item, place: this.place, ...end };
    });
  }

  async #remove(kind: KeptKind, id: string, owners: OwnerStates): Promise<Pick<PrunedEnd, 'outcome' | 'why'>> {
    const store = this.#options.place.stores.find((each) => each.kind === kind);
    try {
      const found = (await store?.find(id)) ?? null;
      if (store === undefined || found === null) return { outcome: 'absent' };
      const verdict = await this.#verdict(found, owners);
      if (!verdict.prune) return { outcome: 'kept', why: verdict.because };
      await store.remove(found);
      return (await store.find(id)) === null ? { outcome: 'removed' } : { outcome: 'kept', why: 'in-use' };
    } catch (error) {
      return { outcome: 'failed', why: (error as Error).message.slice(0, 300) };
    }
  }

  async #candidate({ found, rule }: Found): Promise<Candidate> {
    const { kind, id, deployments, modifiedAt, count: things } = found;
    const { bytes } = await this.#measured(found);
    const many = things === 1 ? {} : { count: things };
    return { kind, id, deployments, bytes, modifiedAt, rule, place: this.place, ...many };
  }

  /** What is gone meanwhile has no size; that it is gone is found when it is removed. */
  async #measured(found: Kept): Promise<{ readonly bytes: number; readonly digest: string | null }> {
    const store = this.#options.place.stores.find(({ kind }) => kind === found.kind);
    return (await store?.measure(found).catch(() => undefined)) ?? { bytes: 0, digest: null };
  }

  #owners(): OwnerStates {
    return new OwnerStates(this.#options.runtime.repositoryPorts);
  }
}

interface Found {
  readonly found: Kept;
  readonly rule: string;
}

/** By the deployment that they belong to, a bounded number in each. */
function groups(candidates: readonly Found[]): readonly (readonly Found[])[] {
  const byOwner = new Map<string, Found[]>();
  for (const each of candidates) {
    const owner = each.found.deployments.join(' ');
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), each]);
  }
  return [...byOwner.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / mostInOneEvent) }, (_, index) =>
      group.slice(index * mostInOneEvent, (index + 1) * mostInOneEvent),
    ),
  );
}

function count(kept: Map<string, Survey['kept'][number]>, kind: KeptKind, because: KeptReason): void {
  const key = `${kind} ${because}`;
  kept.set(key, { kind, because, count: (kept.get(key)?.count ?? 0) + 1 });
}
