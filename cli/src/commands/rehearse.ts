import { duration } from '../output/format.ts';
import { readNamed } from '../documents/read-file.ts';
import { requestOf } from '../documents/request.ts';
import type { Deployment, DeployBody, Environment } from '@backstay/api-contract';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { follow } from '../watch/follow.ts';
import type { Command } from './command.ts';
import { ask, type DeployOptions } from './deploy.ts';

/** `backstay rehearse FILE --environment staging`: deploys, verifies, rolls back and verifies again; shows it until it has ended. */
export const run: Command<[string], Omit<DeployOptions, 'watch'>> = async (context, [file], options) => {
  const text = await readNamed(context.world, file);
  const request = await requestOf(file, text, { ...options, rehearse: true });
  await mustHaveEarlier(context, request);
  const { id } = await ask(context, request, options.key);
  const { exitCode, snapshot } = await follow(context, { id, timeoutMs: options.timeout });
  const times = timesOf(snapshot.summary);
  if (times !== null) context.say(times);
  return exitCode;
};

/** A rehearsal goes back to what ran before; where nothing did, that is said before anything is deployed. @throws Failure */
async function mustHaveEarlier({ api }: Context, request: DeployBody): Promise<void> {
  const params = await placeOf(request);
  // What is wrong with the request is the platform's to report.
  if (params === undefined) return;
  const isKnown = ({ running, holder, queue, unknown }: Environment): boolean =>
    running !== null || holder !== null || queue.length > 0 || unknown !== null;
  const there = await api.call('getEnvironment', { params }).then(
    ({ body }) => isKnown(body),
    (error: unknown) => !(error instanceof Failure && error.problem.status === notFound),
  );
  if (there) return;
  const { service, environment } = params;
  throw new Failure(
    exitCodes.denied,
    `a rehearsal goes back to what ran before, and Backstay knows of nothing that runs as ${service} in ${environment}; ` +
      'deploy a version there first, or adopt the one that runs with `backstay adopt`',
  );
}

const notFound = 404;

async function placeOf(request: DeployBody): Promise<{ service: string; environment: string } | undefined> {
  if (request.plan) {
    const { service, environment } = request.plan as { service?: unknown; environment?: unknown };
    return typeof service === 'string' && typeof environment === 'string' ? { service, environment } : undefined;
  }
  const { parseDocument } = await import('@backstay/document');
  const parsed = parseDocument(request.document ?? '');
  if (!parsed.ok) return undefined;
  const { name, environments } = parsed.document.scope;
  const environment = request.environment ?? (environments.length === 1 ? environments[0] : undefined);
  return environment === undefined ? undefined : { service: name, environment };
}

/** How long the rollback took, beside what the document estimates. */
function timesOf({ rollback }: Deployment): string | null {
  if (rollback?.measuredMs == null) return null;
  const { measuredMs, estimatedMs } = rollback;
  const took = `the rollback took ${duration(measuredMs)}`;
  if (estimatedMs === null) return `${took}; the document gives no estimate`;
  return `${took}; the document estimates ${duration(estimatedMs)}${measuredMs > estimatedMs ? ', which is too short' : ''}`;
}
