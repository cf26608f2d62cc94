import { duration } from '../output/format.ts';
import { readNamed } from '../documents/read-file.ts';
import { requestOf } from '../documents/request.ts';
import type { Deployment } from '@backstay/api-contract';
import { follow } from '../watch/follow.ts';
import type { Command } from './command.ts';
import { ask, type DeployOptions } from './deploy.ts';

/** `backstay rehearse FILE --environment staging`: deploys, verifies, rolls back and verifies again; shows it until it has ended. */
export const run: Command<[string], Omit<DeployOptions, 'watch'>> = async (context, [file], options) => {
  const text = await readNamed(context.world, file);
  const request = await requestOf(file, text, { ...options, rehearse: true });
  const { id } = await ask(context, request, options.key);
  const { exitCode, snapshot } = await follow(context, { id, timeoutMs: options.timeout });
  const times = timesOf(snapshot.summary);
  if (times !== null) context.say(times);
  return exitCode;
};

/** How long the rollback took, beside what the document estimates. */
function timesOf({ rollback }: Deployment): string | null {
  if (rollback?.measuredMs == null) return null;
  const { measuredMs, estimatedMs } = rollback;
  const took = `the rollback took ${duration(measuredMs)}`;
  if (estimatedMs === null) return `${took}; the document gives no estimate`;
  return `${took}; the document estimates ${duration(estimatedMs)}${measuredMs > estimatedMs ? ', which is too short' : ''}`;
}
