import type { Prunable, Pruned } from '@backstay/api-contract';
import { exitCodes } from '../exit-codes.ts';
import { quantity } from '@backstay/document/figures';
import { ago, table } from '../output/format.ts';
import type { Command } from './command.ts';

interface Options {
  readonly dryRun?: boolean;
}

type Listed = Prunable & Partial<Pick<Pruned, 'outcome' | 'why'>>;

const reasons: Readonly<Record<string, string>> = {
  'in-use': 'in use',
  'unknown-owner': 'its deployment is unknown',
  open: 'its deployment is open',
  rollback: 'a rollback may need it',
  evidence: 'a criterion rests on it',
  age: 'changed meanwhile',
};

/** `backstay prune [--dry-run]`: removes what its rule no longer keeps and nothing needs, or lists it. */
export const run: Command<[], Options> = async (context, _args, { dryRun = false }) => {
  if (dryRun) {
    const { body } = await context.api.call('listPrunable', {});
    context.emit({ dryRun, ...body });
    show(body.items);
    context.say(
      body.items.length === 0
        ? 'There is nothing to remove.'
        : `${body.items.length} would be removed, ${sizeOf(body.items)}`,
    );
    for (const { kind, because, count } of body.kept.filter(({ because: why }) => why !== 'age'))
      context.say(`kept: ${count} ${kind} (${reasons[because] ?? because})`);
    if (body.partial) context.say('There is more; run it again after pruning.');
    return exitCodes.done;
  }
  const { body } = await context.api.call('prune', {});
  context.emit({ dryRun, ...body });
  show(body.items);
  context.say(sentenceOf(body.items));
  for (const { why } of body.refused) context.say(`Not everywhere: ${why}; run it again later.`);
  if (body.items.some(({ outcome }) => outcome === 'failed')) return exitCodes.failed;
  return body.refused.length > 0 ? exitCodes.denied : exitCodes.done;

  function show(items: readonly Listed[]): void {
    const now = Date.now();
    const rows = items.map(({ kind, id, deployments, bytes, count = 1, modifiedAt, rule, outcome, why }) => [
      kind,
      count === 1 ? id : `${id} (${count})`,
      deployments.filter((each) => each !== id).join(' '),
      ago(modifiedAt, now),
      quantity(bytes, 'bytes'),
      rule,
      outcome === undefined ? '' : `${outcome}${why === undefined ? '' : `: ${reasons[why] ?? why}`}`,
    ]);
    table(rows).forEach((line) => context.say(line));
  }
};

const sizeOf = (items: readonly Listed[]): string =>
  quantity(
    items.reduce((sum, { bytes }) => sum + bytes, 0),
    'bytes',
  );

/** The phrase of each outcome, behind its number. */
const outcomes = {
  removed: 'removed',
  kept: 'kept, because something needs it now',
  absent: 'gone already',
  failed: 'not removed, because of an error',
} as const satisfies Readonly<Record<Pruned['outcome'], string>>;

/** Such as `16 items: 14 removed (1.5 MiB), 2 gone already.` */
function sentenceOf(items: readonly Pruned[]): string {
  if (items.length === 0) return 'There was nothing to remove.';
  const parts = Object.entries(outcomes).flatMap(([outcome, phrase]) => {
    const those = items.filter((item) => item.outcome === outcome);
    if (those.length === 0) return [];
    return `${those.length} ${phrase}${outcome === 'removed' ? ` (${sizeOf(those)})` : ''}`;
  });
  return `${items.length} ${items.length === 1 ? 'item' : 'items'}: ${parts.join(', ')}.`;
}
