import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A user of this machine, with its primary group: commands get no other group of it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** The user of that name, or of `UID:GID`, which need not have a name here; null where there is none. */
export function accountNamed(runAs: string): Account | null {
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(runAs) ?? [];
  const found = lookUp(uid ?? runAs);
  if (uid === undefined) return found;
  const nameless = { name: uid, home: '/', shell: '/bin/sh' };
  return { ...(found ?? nameless), uid: Number(uid), gid: Number(gid) };
}

/** The file first; users that come from elsewhere are known to `getent`. */
function lookUp(key: string): Account | null {
  return accountIn(textOf('/etc/passwd'), key) ?? accountIn(entryOf(key), key);
}

function entryOf(key: string): string {
  try {
    return execFileSync('getent', ['passwd', '--', key], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

/** By name or number, as it stands in `/etc/passwd`. */
export function accountIn(passwd: string, key: string): Account | null {
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
    if (![name, uid].includes(key) || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
    return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
  }
  return null;
}

/** What a process can be started as; the highest numbers of the kernel mean nobody. */
const most = 2 ** 31 - 1;

/** What the kernel calls the rights that are needed, by their numbers. */
const rights = { CAP_CHOWN: 0, CAP_DAC_OVERRIDE: 1, CAP_FOWNER: 3, CAP_KILL: 5, CAP_SETGID: 6, CAP_SETUID: 7 };

/**
 * Why this process cannot run commands as that user; null where it can. Only root can: what switches without being root keeps its
 * rights after the switch.
 */
export function whyNoSwitch(account: Pick<Account, 'uid' | 'gid'>, held: Rights = ownRights()): string | null {
  if (account.uid === held.uid && account.gid === held.gid) return null;
  if (Math.max(account.uid, account.gid) > most) return `a user or group has no number above ${most} here`;
  if (held.uid !== 0) return `Backstay runs as the user ${held.uid}, and only root can switch to another user`;
  const { capabilities } = held;
  if (capabilities === null) return null;
  const missing = Object.entries(rights).filter(([, bit]) => ((capabilities >> BigInt(bit)) & 1n) === 0n);
  return missing.length === 0 ? null : `Backstay runs as root without ${missing.map(([name]) => name).join(', ')}`;
}

export interface Rights {
  readonly uid: number;
  readonly gid: number;
  /** The effective set, as a mask; null where the system has none: root can do everything. */
  readonly capabilities: bigint | null;
}

function ownRights(): Rights {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(textOf('/proc/self/status'))?.[1];
  const [uid, gid] = [process.geteuid?.() ?? -1, process.getegid?.() ?? -1];
  return { uid, gid, capabilities: mask === undefined ? null : BigInt(`0x${mask}`) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What a command of the user finds in its environment beside what it is given. */
export function accountEnvironment(
  { name, home, shell }: Account,
  inherited: Readonly<Record<string, string>>,
): Record<string, string> {
  // A folder for temporary files of Backstay's own is not the user's.
  const { TMPDIR: _own, ...passed } = inherited;
  return { ...passed, HOME: home, USER: name, LOGNAME: name, SHELL: shell };
}
