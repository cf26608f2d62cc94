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
    show(body.items, 'There is nothing to remove.', 'would be removed');
    for (const { kind, because, count } of body.kept.filter(({ because: why }) => why !== 'age'))
      context.say(`kept: ${count} ${kind} (${reasons[because] ?? because})`);
    if (body.partial) context.say('There is more; run it again after pruning.');
    return exitCodes.done;
  }
  const { body } = await context.api.call('prune', {});
  context.emit({ dryRun, ...body });
  show(body.items, 'There was nothing to remove.', 'looked at');
  return body.items.some(({ outcome }) => outcome === 'failed') ? exitCodes.failed : exitCodes.done;

  function show(items: readonly Listed[], none: string, done: string): void {
    if (items.length === 0) return context.say(none);
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
    const total = items.reduce((sum, { bytes }) => sum + bytes, 0);
    context.say(`${items.length} ${done}, ${quantity(total, 'bytes')}`);
  }
};
