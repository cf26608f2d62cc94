// Keeps one service of one root running: starts it, restarts it when it ends, bounds its log, outlives whoever asked for it.
//   node service-supervisor.mjs ROOT < request.json
// `run/service.json` names the one supervisor that is meant; one that finds itself superseded there ends its service and itself.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  bootId,
  enterControlGroup,
  highestToken,
  hostId,
  identityOf,
  leaveControlGroup,
  prepareFor,
  processesIn,
  processesMarked,
  readRecord,
  removeEmptyControlGroups,
  send,
  startAs,
  writeDurably,
} from './machine.mjs';

const staleTokenCode = 20;
const firstPauseMs = 250;
const longestPauseMs = 30_000;
const steadyAfterMs = 60_000;
const lookEveryMs = 1_000;

const root = process.argv[2];
const recordPath = join(root, 'run', 'service.json');
let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
const { run, release, token, argv, cwd, user, env, want, graceMs, logLimitBytes } = JSON.parse(text);
const mark = `BACKSTAY_SERVICE=${run}`;
prepareFor(user);

let child = null;
let controlGroup = null;
process.on('exit', () => controlGroup !== null && leaveControlGroup(controlGroup));
let restarts = 0;
let problem = null;
const stopping = new AbortController();
const stop = () => stopping.abort();
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('SIGTERM', stop);

const supervisor = identityOf(process.pid);
const record = (state) => {
  const service = child === null ? null : identityOf(child.pid);
  const place = { host: hostId(), bootId: bootId() };
  writeDurably(
    recordPath,
    JSON.stringify({ run, release, token, want, state, restarts, problem, ...place, supervisor, service }),
  );
};
const isMeant = () => readRecord(recordPath)?.run === run;

/** A new file, or the one that is there: what is no file, such as a link to one elsewhere, is not written to but removed. */
function openLog(path) {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) rmSync(path);
  return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
}

/** Appends to the release's log; the earlier part is kept once, so that the two are never larger than twice the limit. */
function logTo(path) {
  let file = openLog(path);
  let size = fstatSync(file).size;
  return (chunk) => {
    try {
      if (size + chunk.length > logLimitBytes) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openLog(path);
        size = 0;
      }
      writeSync(file, chunk);
      size += chunk.length;
    } catch (error) {
      problem = `the log cannot be written: ${error.code}`; // A full disk must not end the service.
    }
  };
}

async function endService() {
  if (child === null) return;
  const left = () => [
    ...(send(-child.pid, 0) ? [-child.pid] : []),
    ...new Set([...processesMarked(mark), ...processesIn(controlGroup)]),
  ];
  for (const pid of left()) send(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (left().length > 0 && performance.now() < deadline) await pause(50);
  for (const pid of left()) send(pid, 'SIGKILL');
}

function start() {
  try {
    return startAs(user, argv, { cwd, env: { ...env, BACKSTAY_SERVICE: run } });
  } catch (error) {
    return error;
  }
}

/** Runs the service once; resolves when it has ended or was asked to. */
async function serve(log) {
  const notStarted = (error) => `it cannot be started: ${error.code ?? error.message}`;
  const started = start();
  const ended = new Promise((resolve) => {
    if (started instanceof Error) return resolve(notStarted(started));
    started.once('error', (error) => resolve(notStarted(error)));
    started.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', log);
  child = started.pid === undefined ? null : started;
  record(child === null ? 'waiting' : 'running');
  const stopped = new Promise((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(null), { once: true }),
  );
  problem = stopping.signal.aborted ? null : await Promise.race([ended, stopped]);
  await endService();
  child = null;
}

async function keepRunning(log) {
  let wait = firstPauseMs;
  while (!stopping.signal.aborted && isMeant()) {
    const began = performance.now();
    await serve(log);
    if (stopping.signal.aborted) break;
    if (performance.now() - began > steadyAfterMs) wait = firstPauseMs;
    if (!isMeant()) break;
    restarts += 1;
    record('waiting');
    await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
    wait = Math.min(2 * wait, longestPauseMs);
  }
}

if (highestToken(join(root, 'fence')) > token) process.exit(staleTokenCode);
for (const folder of ['run', 'logs']) mkdirSync(join(root, folder), { recursive: true });
removeEmptyControlGroups();
controlGroup = enterControlGroup(`backstay-${run}`);
record('waiting');
const look = setInterval(() => isMeant() || stop(), lookEveryMs);
await keepRunning(logTo(join(root, 'logs', `${release}.log`)));
clearInterval(look);
if (isMeant()) record('stopped');
process.exit(0);
