// Runs one command, or a list of them line by line, and outlives its caller: `node supervisor.mjs < request.json`. A request
// on standard input shows in no argument list, and an incomplete one is refused. What is known is on disk, below `attempt-N`:
// `claim.json`, `process.json`, `output.log`, `end.json`. A claim without an end and without this process: the end is unknown.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  bootId,
  enterControlGroup,
  fillSpace,
  highestToken,
  hostId,
  identityOf,
  isAlive,
  leaveControlGroup,
  prepareFor,
  processesIn,
  processesMarked,
  publish,
  readRecord,
  removeEmptyControlGroups,
  reserve,
  spaceOf,
  send,
  startAs,
  syncAll,
  syncDirectory,
  writeNew,
} from './machine.mjs';
import { capture, masked } from './output.mjs';

const exits = { staleToken: 20, claimLost: 21, cannotClaim: 22 };
/** What a rename says when the attempt is there already. */
const lostCodes = ['ENOTEMPTY', 'EEXIST'];
const drainMs = 500;
/** Space for the identity of a process, and for an end with 16 KiB of output and two notes for each command. */
const processSpace = 256;
const endSpace = ({ commands }) => 64 * 1024 + 64 * commands.length;

const place = { host: hostId(), bootId: bootId(), supervisor: identityOf(process.pid) };
const run = randomUUID();
const marker = `BACKSTAY_RUN=${run}`;
let stopping = null;
let group = null;
/** What keeps hold of processes that leave their group, their session and their environment. */
let controlGroup = null;
process.on('exit', () => controlGroup !== null && leaveControlGroup(controlGroup));

for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
const leave = () => process.exit(0);
process.on('SIGTERM', leave);

let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
if (text === '') leave();

process.off('SIGTERM', leave);
process.on('SIGTERM', () => stop('interrupted'));
const request = JSON.parse(text);
const { step } = request;
const attempt = join(step, `attempt-${request.attempt}`);
const began = performance.now();
const since = () => Math.round(performance.now() - began);
process.chdir(step);
prepareFor(request.user);

/** Whoever asked may be gone: what is said here is on disk. */
function report(line) {
  try {
    writeSync(1, `${line}\n`);
  } catch {}
}

const fence = join(step, 'tokens');
const newerToken = () => highestToken(fence) > request.token;

/** Takes the claim, and the space on disk that the end needs; returns where the output goes. */
async function claim() {
  const draft = join(step, `draft-${run}`);
  let claimed = false;
  try {
    const output = prepare(draft);
    await syncAll([draft, ...['claim.json', spaceOf('end.json')].map((name) => join(draft, name))]);
    renameSync(draft, attempt);
    claimed = true;
    await syncAll([step, fence, dirname(step), dirname(dirname(step))]);
    return output;
  } catch (error) {
    if (claimed) giveBack();
    rmSync(draft, { recursive: true, force: true });
    if (!claimed && lostCodes.includes(error.code)) process.exit(exits.claimLost);
    process.stderr.write(`${error.message}\n`);
    process.exit(exits.cannotClaim);
  }
}

function prepare(draft) {
  const { key, attempt: number, token, timeoutMs, outputLimitBytes } = request;
  removeEmptyControlGroups();
  controlGroup = enterControlGroup(`backstay-${run}`);
  const record = {
    key,
    attempt: number,
    token,
    run,
    ...place,
    controlGroup,
    startedAt: new Date().toISOString(),
    timeoutMs,
  };
  mkdirSync(draft, { mode: 0o700 });
  writeNew(join(draft, 'claim.json'), JSON.stringify(record));
  reserve(join(draft, 'process.json'), processSpace);
  reserve(join(draft, 'end.json'), endSpace(request));
  return capture(join(draft, 'output.log'), outputLimitBytes);
}

/** Nothing was run yet: whoever took over meanwhile finds the attempt as if it had never been claimed. */
function giveBack() {
  const withdrawn = join(step, `withdrawn-${run}`);
  renameSync(attempt, withdrawn);
  rmSync(withdrawn, { recursive: true, force: true });
}

/** Another attempt of this step whose processes still run here. */
function livingAttempt() {
  return readdirSync(step)
    .filter((name) => name.startsWith('attempt-') && name !== `attempt-${request.attempt}`)
    .find((name) => {
      if (existsSync(join(step, name, 'end.json'))) return false;
      const claimed = readRecord(join(step, name, 'claim.json'));
      const child = readRecord(join(step, name, 'process.json'));
      return [claimed?.supervisor, child].some((process) => process && isAlive(process));
    });
}

const survivors = () => [
  ...(group !== null && send(-group, 0) ? [-group] : []),
  ...new Set([...processesMarked(marker), ...processesIn(controlGroup)]),
];

/** Asks every process of the command to end, then makes it. */
async function endAll() {
  for (const pid of survivors()) send(pid, 'SIGTERM');
  const deadline = performance.now() + request.graceMs;
  while (performance.now() < deadline && survivors().length > 0) await pause(50);
  for (const pid of survivors()) send(pid, 'SIGKILL');
}

function stop(why) {
  if (stopping !== null) return;
  stopping = why;
  endAll().catch(() => {}); // `runAll` ends what is left, and meets the same error.
}

/** Says nothing about the command: this machine has no process, memory or descriptor for it now. */
const lacking = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'];

/** The same attempt is made again, as if it had never been claimed. */
function notBegun(problem) {
  giveBack();
  process.stderr.write(`${problem}\n`);
  process.exit(exits.cannotClaim);
}

const startProblem = (error, cwd) =>
  existsSync(cwd) ? `${error.code ?? error.message}: ${error.path ?? ''}`.trim() : `no such directory: ${cwd}`;

/** The child in a process group of its own, or why there is none: some causes are thrown, others come as an event. */
function start(argv) {
  try {
    return startAs(request.user, argv, { cwd: request.cwd, env: { ...request.env, BACKSTAY_RUN: run } });
  } catch (error) {
    return error;
  }
}

/** For who ends what outlived this process: of use only while the machine is up, so that it need not survive a power cut. */
function noteLeader(leader) {
  const path = join(attempt, 'process.json');
  try {
    if (!existsSync(spaceOf(path))) reserve(path, processSpace); // The first has it since the claim.
    fillSpace(path, JSON.stringify(leader));
    publish(path);
  } catch {} // A full disk does not end the command, whose processes carry the mark as well.
}

/** Runs one line; returns its exit code, or why it could not be started. */
async function runLine({ argv }, output) {
  const child = start(argv);
  const notStarted = (error) => ({ problem: startProblem(error, request.cwd), lacking: lacking.includes(error.code) });
  if (child instanceof Error) return notStarted(child);
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  // One that could not be started may have no pipes.
  const streams = [child.stdout, child.stderr].filter(Boolean).map((stream) => {
    const safe = masked(request, output);
    stream.on('data', safe.write);
    return safe;
  });
  if (child.pid !== undefined) {
    group = child.pid;
    noteLeader(identityOf(child.pid));
  }
  const result = await ended;
  if (result.problem === undefined) await tidyUp(closed, output);
  child.stdout?.destroy();
  child.stderr?.destroy();
  for (const safe of streams) safe.end();
  return result;
}

/** What a command leaves behind in its process group ends with it; what should outlive it starts a session of its own. */
async function tidyUp(closed, output) {
  await Promise.race([closed, pause(drainMs)]);
  if (!send(-group, 0)) return;
  if (stopping === null) output.note('[backstay] ended the processes that the command left behind\n');
  await endGroup();
  await Promise.race([closed, pause(drainMs)]);
}

async function endGroup() {
  send(-group, 'SIGTERM');
  const deadline = performance.now() + request.graceMs;
  while (performance.now() < deadline && send(-group, 0)) await pause(25);
  send(-group, 'SIGKILL');
}

const numberOf = ({ code, signal }) => code ?? 128 + (constants.signals[signal] ?? 0);

/** Runs the lines until one fails; returns how it ended. */
async function runAll(output) {
  const several = request.commands.length > 1;
  let last = { status: 'exited', exitCode: 0 };
  for (const [index, line] of request.commands.entries()) {
    if (stopping !== null) break;
    if (several) output.note(`$ ${line.text}\n`);
    const result = await runLine(line, output);
    if (result.lacking && index === 0) notBegun(result.problem);
    if (result.problem !== undefined && index === 0) return { status: 'not-started', why: result.problem };
    if (result.problem !== undefined) output.note(`[backstay] not started: ${result.problem}\n`);
    last = { status: 'exited', exitCode: result.problem === undefined ? numberOf(result) : 127 };
    if (result.signal) last.signal = result.signal;
    if (last.exitCode !== 0) break;
  }
  if (stopping !== null) await endAll();
  return stopping === null ? last : { status: stopping };
}

/** Reports the end as soon as readers find it; whoever loses power after that finds it or no end at all. */
async function record(end, output) {
  const path = join(attempt, 'end.json');
  const write = () => fillSpace(path, JSON.stringify({ ...end, durationMs, output: output.summary() }));
  const durationMs = since();
  write();
  const [kept] = await Promise.all([output.sync(), syncAll([spaceOf(path)])]);
  if (!kept) {
    write();
    await syncAll([spaceOf(path)]);
  }
  publish(path);
  report('ended');
  syncDirectory(attempt);
}

if (newerToken()) process.exit(exits.staleToken);
const output = await claim();
if (newerToken()) {
  giveBack();
  process.exit(exits.staleToken);
}
report('claimed');
const other = livingAttempt();
if (other !== undefined) {
  await record({ status: 'not-started', why: `${other} of this step still runs` }, output);
} else {
  const timer = setTimeout(() => stop('timed-out'), request.timeoutMs);
  const end = await runAll(output);
  clearTimeout(timer);
  await record(end, output);
}
process.exit(0);
