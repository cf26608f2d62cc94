/** What the platform keeps beside the events, and what grows with each deployment unless it is removed. */
export const keptKinds = [
  'workspace',
  'command-record',
  'backup',
  'mirror',
  'rollback-reserve',
  'output',
  'lease',
  'idempotency-keys',
  'parked-message',
] as const;
export type KeptKind = (typeof keptKinds)[number];

/** How long things of each kind are kept, in milliseconds; null: for ever. */
export type RetentionRules = Readonly<Record<KeptKind, number | null>>;

/** Space that is kept empty for a deployment while it is open, and nothing to anybody else, known or not. */
const reserve: KeptKind = 'rollback-reserve';

/** Belong to no deployment; a mirror is fetched again, so it is kept only for the deployments that are open. */
const unowned: ReadonlySet<KeptKind> = new Set(['mirror', 'idempotency-keys', 'parked-message']);

/** What is recorded of a deployment that a thing belongs to, as far as keeping it depends on that. */
export interface OwnerState {
  readonly id: string;
  /** `unknown`: nothing is recorded of it. What this version does not understand counts as open. */
  readonly status: 'open' | 'ended' | 'unknown';
  /** ISO 8601; null while it has not ended. */
  readonly endedAt: string | null;
  /** A rollback may need what it left: it runs, is known to be good, is gone back to, or ended half way. */
  readonly isRollbackNeeded: boolean;
}

/** A thing that exists, with what is needed of it. */
export interface KeptItem {
  readonly kind: KeptKind;
  readonly id: string;
  /** When it was last changed or used, ISO 8601. */
  readonly modifiedAt: string;
  /** Every deployment that it belongs to. */
  readonly owners: readonly OwnerState[];
  /** A process acts on it now. */
  readonly isInUse?: boolean;
  /** An acceptance criterion rests on it. */
  readonly isEvidence?: boolean;
}

export const keptReasons = ['rule', 'in-use', 'unknown-owner', 'open', 'rollback', 'evidence', 'age'] as const;
/** `rule`: such things are kept for ever; `age`: it is not old enough. */
export type KeptReason = (typeof keptReasons)[number];

export type RetentionVerdict =
  | { readonly prune: true; readonly rule: string }
  | { readonly prune: false; readonly because: KeptReason };

/** Whether a thing may go: it is older than its rule allows, and nothing needs it. Its age begins when its last owner has ended. */
export function retentionVerdict(item: KeptItem, rules: RetentionRules, now: string): RetentionVerdict {
  const because = needOf(item, rules[item.kind], now);
  return because === null ? { prune: true, rule: ruleText(item.kind, rules[item.kind]) } : { prune: false, because };
}

function needOf(item: KeptItem, keepMs: number | null, now: string): KeptReason | null {
  const { kind, owners } = item;
  if (keepMs === null) return 'rule';
  if (item.isInUse === true) return 'in-use';
  const isOrphan = owners.length === 0 && !unowned.has(kind);
  if (kind === reserve && !isOrphan) return owners.some(isOpen) ? 'open' : needOfAge(item, keepMs, now);
  if (isOrphan || owners.some(({ status }) => status === 'unknown')) return 'unknown-owner';
  if (owners.some(isOpen)) return 'open';
  if (owners.some(({ isRollbackNeeded }) => isRollbackNeeded)) return 'rollback';
  if (item.isEvidence === true) return 'evidence';
  return needOfAge(item, keepMs, now);
}

/** Of an unknown one nothing is recorded. */
const isOpen = ({ status, endedAt }: OwnerState): boolean =>
  status === 'open' || (status === 'ended' && endedAt === null);

function needOfAge({ modifiedAt, owners }: KeptItem, keepMs: number, now: string): KeptReason | null {
  const ends = [modifiedAt, ...owners.flatMap(({ endedAt }) => endedAt ?? [])].map((time) => Date.parse(time));
  // A time that cannot be read is never old enough.
  return Date.parse(now) - Math.max(...ends) >= keepMs ? null : 'age';
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['ms', 1],
] as const;

/** `workspace 30d`, as it is recorded with what is pruned. */
function ruleText(kind: KeptKind, keepMs: number | null): string {
  if (keepMs === null) return `${kind} forever`;
  const [unit, size] = units.find(([, each]) => keepMs % each === 0) ?? ['ms', 1];
  return `${kind} ${keepMs / size}${unit}`;
}
