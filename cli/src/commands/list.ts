import type { Deployment, DeploymentStatus } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { ago, table } from '../output/format.ts';
import { releaseText } from '../watch/frame.ts';
import { statusText } from '../watch/status.ts';
import type { Command } from './command.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly status?: DeploymentStatus;
  readonly since?: string;
  readonly until?: string;
  readonly release?: string;
  readonly limit: number;
}

const pageSize = 200;

/** `backstay list`: the latest deployments, the newest first. */
export const run: Command<[], Options> = async (context, _args, { limit, release, ...rest }) => {
  const filters = { ...rest, version: release };
  const deployments: Deployment[] = [];
  const query = { ...filters, limit: Math.min(pageSize, limit) };
  for await (const page of context.api.pages('listDeployments', { query })) {
    deployments.push(...page.deployments);
    if (deployments.length >= limit) break;
  }
  show(deployments.slice(0, limit));
  return exitCodes.done;

  function show(found: readonly Deployment[]): void {
    context.emit({ deployments: found });
    if (found.length === 0) context.say('No deployments match. Ask for one with: backstay deploy FILE');
    const now = Date.now();
    const rows = found.map((each) => [
      each.id,
      statusText(context.colors, each.status),
      releaseText(each),
      each.environment ?? '',
      ago(each.requestedAt, now),
      each.requestedBy ?? '',
      [backText(context.colors, each), overriddenText(context.colors, each)].filter(Boolean).join('  '),
    ]);
    table(rows).forEach((line) => context.say(line));
  }
};

const backText = ({ yellow }: Colors, { rolledBackBy }: Deployment): string =>
  rolledBackBy ? yellow(`rolled back by ${rolledBackBy}`) : '';

/** Which findings it was let pass in spite of; `status` says why. */
function overriddenText({ yellow }: Colors, { overrides }: Deployment): string {
  const codes = [...new Set((overrides ?? []).map(({ code }) => code))];
  return codes.length === 0 ? '' : yellow(`overridden: ${codes.join(', ')}`);
}
