import type { ResolveBody } from '@backstay/api-contract';
import type { Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { follow } from '../watch/follow.ts';
import { restoreLines } from '../watch/restores.ts';
import type { Command } from './command.ts';

interface Reason {
  readonly reason: string;
}

interface RollbackOptions extends Reason {
  readonly watch?: boolean;
  readonly timeout?: number;
}

/** `backstay rollback ID --reason`: of a running deployment, or of a succeeded one that still runs. */
export const rollback: Command<[string], RollbackOptions> = async (context, [id], { reason, watch, timeout }) => {
  const reply = await context.api.call('rollBack', { params: { id }, body: { reason } });
  const rollbackId = idIn(reply.location) ?? id;
  restoreLines(context.colors, reply.body ?? {}).forEach((line) => context.say(line));
  if (!watch) return accepted(context, reply.body, `rollback accepted as ${rollbackId}: backstay watch ${rollbackId}`);
  return (await follow(context, { id: rollbackId, timeoutMs: timeout })).exitCode;
};

/** `backstay cancel ID --reason` */
export const cancel: Command<[string], Reason> = async (context, [id], { reason }) => {
  const { body } = await context.api.call('cancel', { params: { id }, body: { reason } });
  return accepted(context, body, `cancellation of ${id} accepted`);
};

/** `backstay confirm ID ITEM --reason`: ITEM is the line of a criterion or the id of a step. */
export const confirm: Command<[string, string], Reason> = async (context, [id, item], { reason }) => {
  const named = /^\d+$/.test(item) ? Number(item) : item;
  const { body } = await context.api.call('confirm', { params: { id }, body: { item: named, reason } });
  return accepted(context, body, `${item} of ${id} is confirmed`);
};

/** `backstay revoke ID EVENT --reason`: EVENT is the id of an event, or of a step that succeeded. */
export const revoke: Command<[string, string], Reason> = async (context, [id, event], { reason }) => {
  const params = { id, evidence: event };
  const { body } = await context.api.call('revokeEvidence', { params, body: { reason } });
  return accepted(context, body, `${event} of ${id} is revoked: backstay criteria ${id}`);
};

/** `backstay resolve ID STEP --outcome --reason`: a person's confirmation on a step whose end nobody recorded. */
export const resolve: Command<[string, string], ResolveBody> = async (context, [id, step], { outcome, reason }) => {
  const { body } = await context.api.call('resolveStep', { params: { id, step }, body: { outcome, reason } });
  return accepted(context, body, `${step} of ${id} is resolved as ${outcome}`);
};

function accepted(context: Context, body: unknown, line: string): ExitCode {
  context.emit(body ?? { accepted: true });
  context.say(line);
  return exitCodes.done;
}

/** The last segment of `/v1/deployments/ID`. */
export function idIn(location: string | null): string | null {
  const segment = location?.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1);
  return segment ? decodeURIComponent(segment) : null;
}
