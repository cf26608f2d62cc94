import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gte } from 'semver';
import type { LooseMode } from '@backstay/hosts';
import type { Inspection } from '@backstay/local-platform';
import type { Api } from '../api/client.ts';
import type { FoundProgram } from './programs.ts';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** Whether the platform cannot do without. */
  readonly required: boolean;
  readonly version: string | null;
  /** Where it is, or what is wrong. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

const leastNode = '20.19';

export function nodeFinding(version: string): Finding {
  const ok = gte(version, `${leastNode}.0`);
  const hint = `install Node ${leastNode} or newer; 22 and 24 are recommended`;
  return { name: 'Node', ok, required: true, version, detail: process.execPath, ...(ok ? {} : { hint }) };
}

/** Without them a process that leaves its group, its session and its environment outlives the step that began it. */
export function controlGroupFinding(ok: boolean): Finding {
  const found = { name: 'Control groups', ok, required: false, version: null };
  if (ok) return { ...found, detail: 'version 2; when a step is ended, so is every process that it began' };
  return {
    ...found,
    detail:
      'this user has none of version 2; a process that leaves its group, session and environment outlives its step',
    hint: 'run the services under systemd with Delegate=yes, or as a user that may write to its control group',
  };
}

/** On a copy-on-write file system a file keeps no space for others, and on another machine none. `size`: the setting. */
export function reserveFinding(directory: string, isAdvisory: boolean, size: string | undefined): Finding {
  const found = { name: 'Rollback reserve', ok: !isAdvisory || size === '0', required: false, version: null };
  if (size === '0') return { ...found, detail: 'none is taken: BACKSTAY_ROLLBACK_RESERVE is 0' };
  if (!isAdvisory) return { ...found, detail: `${directory}; a rollback on a machine that does not share it has none` };
  return {
    ...found,
    detail: `advisory: ${directory} is on a copy-on-write file system, which keeps no space for a file that is removed`,
    hint: 'keep the data directory on ext4 or xfs, or leave space by a quota',
  };
}

/** Only its owner looks into what steps leave there; the services close what an earlier version left open. */
export function dataDirectoryFinding(directory: string, loose: readonly LooseMode[]): Finding {
  const found = { name: 'Data directory', ok: loose.length === 0, required: false, version: null };
  if (loose.length === 0) return { ...found, detail: `${directory}: nobody else looks into it` };
  const paths = loose.map(({ path, mode, wanted }) => `${path} has ${mode} and should have ${wanted}`);
  return {
    ...found,
    detail: `open to others: ${paths.join(', ')}`,
    hint: 'start the services as its owner: they close it',
  };
}

/** The user of steps whose profile names none. `why`: why this process cannot switch to it; undefined: there is no such user. */
export function runAsFinding(runAs: string | undefined, why: string | null | undefined): Finding {
  const found = { name: 'User of steps', ok: why === null, required: false, version: null };
  if (runAs === undefined)
    return {
      ...found,
      ok: true,
      detail:
        "the services' own, where a profile names no other; `BACKSTAY_RUN_AS` or `runAs` name one with fewer rights",
    };
  if (why === null) return { ...found, detail: runAs };
  return why === undefined
    ? { ...found, detail: `this machine has no user ${runAs}`, hint: 'create it, or change BACKSTAY_RUN_AS' }
    : { ...found, detail: `${runAs}: ${why}`, hint: 'start the services as root, or unset BACKSTAY_RUN_AS' };
}

/** What the services of this machine show to NATS, and whether their owner alone can read it. */
export function natsCredentialsFinding(env: NodeJS.ProcessEnv): Finding {
  const found = { name: 'NATS credentials', ok: true, required: false, version: null };
  const { BACKSTAY_NATS_AUTH: auth, BACKSTAY_NATS_CREDS: creds, BACKSTAY_NATS_SEED: seed } = env;
  if (auth === 'none') {
    const hint = 'make keys with `backstay keys`, and unset BACKSTAY_NATS_AUTH';
    return { ...found, ok: false, detail: 'none: whoever reaches NATS may publish anything in any name', hint };
  }
  if (!creds) {
    const none = 'none are set; `backstay dev` makes its own, services elsewhere need BACKSTAY_NATS_CREDS';
    return { ...found, detail: seed ? 'a seed in BACKSTAY_NATS_SEED' : none };
  }
  const files = keyFiles(creds);
  if (files.length === 0)
    return { ...found, ok: false, detail: `${creds} holds none`, hint: 'make keys with `backstay keys`' };
  const open = files.find((file) => process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0);
  if (open === undefined) return { ...found, detail: creds };
  return { ...found, ok: false, detail: `${open} can be read by others`, hint: `chmod 600 ${open}` };
}

/** Of a file or a folder; none where there is neither. */
function keyFiles(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found === undefined ? [] : [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.nk'))
    .map((name) => join(path, name));
}

export function programFinding(
  name: string,
  found: FoundProgram | undefined,
  why: { readonly needed: string; readonly hint: string },
): Finding {
  if (found) return { name, ok: true, required: true, version: found.version, detail: found.path };
  return { name, ok: false, required: true, version: null, detail: `not found; ${why.needed}`, hint: why.hint };
}

const titles: Readonly<Record<Inspection['part'], string>> = {
  postgres: 'PostgreSQL',
  nats: 'nats-server',
  redis: 'Redis',
};

/** A part that can be obtained when it is needed is as good as one that is here. */
export function partFinding({ part, found, version, note }: Inspection): Finding {
  const missing = note.startsWith('missing: ');
  return {
    name: titles[part],
    ok: !missing,
    required: part !== 'redis',
    version,
    detail: found ? `${found} (${note})` : missing ? 'not found' : note,
    ...(missing ? { hint: note.slice('missing: '.length) } : {}),
  };
}

const because = (error: unknown) => {
  const reason = /: ([A-Z]{4,})\./.exec((error as Error).message)?.[1];
  return reason ? ` (${reason})` : '';
};

/** Whether a platform responds; it need not, unless it was named. */
export async function platformFinding(api: Api, url: string, named: boolean): Promise<Finding> {
  const name = 'Platform';
  try {
    await api.call('ready', {});
    return { name, ok: true, required: named, version: null, detail: `${url} is ready` };
  } catch (error) {
    const hint = 'start one with `backstay dev`, or name one with --url or BACKSTAY_URL';
    return {
      name,
      ok: false,
      required: named,
      version: null,
      detail: `no platform is ready at ${url}${because(error)}`,
      hint,
    };
  }
}

/** Whether messages wait at a platform that nobody could read there. */
export async function parkedFinding(api: Api): Promise<Finding> {
  const { routes } = await import('@backstay/api-contract');
  const finding = { name: 'Parked messages', required: false, version: null };
  try {
    const { body } = await api.call('listParked', { query: { limit: 100 } });
    const { messages, next } = body;
    const [newest] = messages;
    if (newest === undefined) return { ...finding, ok: true, detail: 'none' };
    const count = `${next === null ? '' : 'more than '}${messages.length}`;
    const detail = `${count}; the newest came on ${newest.subject}: ${newest.reason}`;
    return {
      ...finding,
      ok: false,
      detail,
      hint: `read them at ${routes.listParked.path}, correct the sender and send them again`,
    };
  } catch (error) {
    const hint = 'name a token of an operator with --token or BACKSTAY_TOKEN';
    return { ...finding, ok: false, detail: `not readable: ${(error as Error).message}`, hint };
  }
}
