// What the supervisors and the package share: the identity of processes, files that survive a power cut, fencing tokens.
// Plain JavaScript, because the supervisors are started by path with nothing but Node.
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const linux = process.platform === 'linux';

/** The only variables that a child inherits; everything else is given. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];
export const inheritedEnvironment = () =>
  Object.fromEntries(inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

const textOf = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const replyOf = (program, ...args) => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

const once = (look) => {
  let known;
  return () => (known ??= look());
};

/** Changes with every start of the machine, so that a process id of an earlier start is never mistaken for a living one. */
export const bootId = once(
  () =>
    (linux ? textOf('/proc/sys/kernel/random/boot_id')?.trim() : replyOf('sysctl', '-n', 'kern.bootsessionuuid')) ||
    'unknown',
);

/** Names this machine; a record of another one says nothing about the processes here. */
export const hostId = once(() => `${hostname()}/${textOf('/etc/machine-id')?.trim().slice(0, 12) ?? ''}`);

/** When the process started, in the system's own words; null when there is none or only a zombie. */
export function startTimeOf(pid) {
  if (!linux) {
    const [state, ...started] = replyOf('ps', '-o', 'stat=,lstart=', '-p', String(pid)).split(/\s+/);
    return !state || state.startsWith('Z') ? null : started.join(' ');
  }
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
}

/** `{ pid, startTime }` of a running process: the pair is not reused while the machine is up. */
export const identityOf = (pid) => ({ pid, startTime: startTimeOf(pid) });
export const isAlive = ({ pid, startTime }) => startTime !== null && startTimeOf(pid) === startTime;

/** Sends a signal; false when nobody was there to receive it. A negative id means the process group. */
export function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Another user than this process's own. */
const isOther = (user) => user !== undefined && user.uid !== process.geteuid();

/** Makes this process one that starts children as the user: its umask is theirs, and they get no group of its own. */
export function prepareFor(user) {
  if (user !== undefined) process.umask(0o077);
  if (isOther(user)) process.setgroups([]);
}

/**
 * Starts a program in a process group of its own, as the user where one is given, for whom this process was prepared. Some causes why
 * it cannot be are thrown, others come as an event of the child.
 */
export function startAs(user, [program, ...args], { cwd, env }) {
  const options = { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true };
  if (!isOther(user)) return spawn(program, args, { ...options, cwd, ...user });
  const home = process.cwd();
  try {
    enterAs(user, cwd);
    return spawn(program, args, { ...options, ...user });
  } finally {
    process.chdir(home);
  }
}

/** Goes into the folder with no more rights than the user's, who may have made it a link to another. */
function enterAs({ uid, gid }, folder) {
  const own = { uid: process.geteuid(), gid: process.getegid() };
  process.setegid(gid);
  process.seteuid(uid);
  try {
    process.chdir(folder);
  } catch (error) {
    throw Object.assign(error, { path: folder });
  } finally {
    process.seteuid(own.uid);
    process.setegid(own.gid);
  }
}

/** Processes that carry the mark in their environment, also those that left the process group. Known on Linux only. */
export function processesMarked(mark) {
  if (!linux) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && textOf(`/proc/${pid}/environ`)?.includes(mark));
}

/** The folder of this process's control group, version 2; null where there is none. */
function ownControlGroup() {
  const mounts = (textOf('/proc/self/mountinfo') ?? '').split('\n').map((line) => line.split(' '));
  const [, , , root, mount] = mounts.find((fields) => fields[fields.indexOf('-') + 1] === 'cgroup2') ?? [];
  const group = /^0::(\/.*)$/m.exec(textOf('/proc/self/cgroup') ?? '')?.[1];
  if (mount === undefined || group === undefined) return null;
  return join(mount, root !== '/' && group.startsWith(root) ? group.slice(root.length) : group);
}

/**
 * Moves this process into a new control group, which none of its descendants leaves by itself, whatever becomes of their process
 * group, session and environment; returns its folder. Null where the system has none, or gives this user none.
 */
export function enterControlGroup(name) {
  const own = ownControlGroup();
  if (own === null) return null;
  const folder = join(own, name);
  try {
    // Whoever removes empty groups may remove this one before anything is in it.
    if (!moveInto(folder) && !moveInto(folder)) throw new Error(`${folder} is removed again and again`);
    return folder;
  } catch {
    leaveControlGroup(folder);
    return null;
  }
}

/** False where the group was removed in between. */
function moveInto(folder) {
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(process.pid));
    return true;
  } catch (error) {
    if (existsSync(folder)) throw error;
    return false;
  }
}

/** How the control groups of supervisors are called, by their run. */
const groupOfRun = /^backstay-[-0-9a-f]{36}$/;

/** Removes what supervisors that were killed have left beside this process: the system removes no group that anything is in. */
export function removeEmptyControlGroups() {
  const own = ownControlGroup();
  if (own === null || !existsSync(own)) return;
  for (const name of readdirSync(own).filter((each) => groupOfRun.test(each))) {
    try {
      rmdirSync(join(own, name));
    } catch {} // It is in use, or gone.
  }
}

/** All processes of a control group but this one; none where there is no such group any more. */
export function processesIn(folder) {
  const pids = folder ? (textOf(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number) : [];
  return pids.filter((pid) => pid > 0 && pid !== process.pid);
}

/** Removes the group; what is still in it, and this process, go on in the group around it. */
export function leaveControlGroup(folder) {
  const outer = join(dirname(folder), 'cgroup.procs');
  const members = (textOf(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean);
  for (const pid of members) {
    try {
      writeFileSync(outer, pid);
    } catch {} // It has ended meanwhile, or stays.
  }
  try {
    rmdirSync(folder);
  } catch {} // Not there, or not empty: it costs nothing.
}

export function syncDirectory(directory) {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const fsyncLater = promisify(fsync);

/** Resolves when these files and directories would survive a power cut; asked for together they share one write of the disk's journal. */
export async function syncAll(paths) {
  const handles = paths.map((path) => openSync(path, 'r'));
  try {
    await Promise.all(handles.map((handle) => fsyncLater(handle)));
  } finally {
    handles.forEach(closeSync);
  }
}

function writeAt(path, flags, mode, text, finish = () => {}) {
  const handle = openSync(path, flags, mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at, bytes.length - at, at);
    finish(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes a new file; whoever needs it after a power cut syncs it. */
export const writeNew = (path, text) => writeAt(path, 'wx', 0o600, text);

/** Replaces the file as a whole, and returns only when it would survive a power cut. */
export function writeDurably(path, text, mode = 0o600) {
  const draft = `${path}.${process.pid}.draft`;
  writeAt(draft, 'w', mode, text, fsyncSync);
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/** Where a record is written before it is complete. */
export const spaceOf = (path) => `${path}.tmp`;
/** Takes the space for a record on the disk now, so that the record can be written when the disk is full. */
export const reserve = (path, bytes) => writeNew(spaceOf(path), ' '.repeat(bytes));
/** Writes the record into its space, which is padded; nobody reads it there. */
export const fillSpace = (path, text) => writeAt(spaceOf(path), 'r+', 0o600, text);
/** Readers find the record from here on, and all of it. */
export const publish = (path) => renameSync(spaceOf(path), path);

/** The record at that path; null when it is not there. */
export function readRecord(path) {
  const text = textOf(path);
  return text === null ? null : JSON.parse(text);
}

/** The highest token that was shown here. Tokens are files, so that no two writers can lower each other's. */
export function highestToken(fence) {
  try {
    return Math.max(0, ...readdirSync(fence).map(Number));
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * Shows a token; returns the highest, which is another one when this came too late. One that is not durable is for who makes
 * the fence durable before anything is done under the token.
 */
export function showToken(fence, token, { durable = true } = {}) {
  const highest = highestToken(fence);
  if (highest >= token) return highest;
  mkdirSync(fence, { recursive: true, mode: 0o700 });
  closeSync(openSync(join(fence, String(token)), 'a', 0o600));
  if (durable) syncDirectory(fence);
  for (const lower of readdirSync(fence).map(Number)) {
    if (lower < token) rmSync(join(fence, String(lower)), { force: true });
  }
  return highestToken(fence);
}
