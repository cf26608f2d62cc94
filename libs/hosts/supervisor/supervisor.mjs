// Runs one command, or a list of them line by line, and outlives whoever asked for it.
//   node supervisor.mjs STEP_DIRECTORY < request.json
// The request comes through standard input, so that no argument list shows it and half a request is no request. The first to
// rename a filled directory to `attempt-N` has the claim. What is known is on disk: `claim.json`, `process.json`, `output.log`,
// `end.json`; a claim without an end and without this process means that nobody knows how the command ended.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  bootId,
  highestToken,
  hostId,
  identityOf,
  isAlive,
  processesMarked,
  readRecord,
  send,
  syncDirectory,
  writeDurably,
} from './machine.mjs';
import { capture, mask } from './output.mjs';

const exits = { staleToken: 20, claimLost: 21 };
const drainMs = 500;

const step = process.argv[2];
let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
const request = JSON.parse(text);
const attempt = join(step, `attempt-${request.attempt}`);
const run = randomUUID();
const marker = `BACKSTAY_RUN=${run}`;
const began = performance.now();
const since = () => Math.round(performance.now() - began);

let stopping = null;
let group = null;
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('SIGTERM', () => stop('interrupted'));

const newerToken = () => highestToken(join(step, 'tokens')) > request.token;

function claim() {
  const draft = join(step, `draft-${run}`);
  mkdirSync(draft, { mode: 0o700 });
  const { key, attempt: number, token, timeoutMs } = request;
  const supervisor = identityOf(process.pid);
  const startedAt = new Date().toISOString();
  const record = {
    key,
    attempt: number,
    token,
    run,
    host: hostId(),
    bootId: bootId(),
    supervisor,
    startedAt,
    timeoutMs,
  };
  writeDurably(join(draft, 'claim.json'), JSON.stringify(record));
  try {
    renameSync(draft, attempt);
  } catch {
    rmSync(draft, { recursive: true, force: true });
    process.exit(exits.claimLost);
  }
  syncDirectory(step);
}

/** Nothing was run yet: whoever took over meanwhile finds the attempt as if it had never been claimed. */
function withdraw() {
  const withdrawn = join(step, `withdrawn-${run}`);
  renameSync(attempt, withdrawn);
  rmSync(withdrawn, { recursive: true, force: true });
  process.exit(exits.staleToken);
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

const survivors = () => [...(group !== null && send(-group, 0) ? [-group] : []), ...processesMarked(marker)];

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
  void endAll();
}

const startProblem = (error, cwd) =>
  existsSync(cwd) ? `${error.code ?? error.message}: ${error.path ?? ''}`.trim() : `no such directory: ${cwd}`;

/** The child in a process group of its own, or why there is none: some causes are thrown, others come as an event. */
function start([program, ...args]) {
  const env = { ...request.env, BACKSTAY_RUN: run };
  try {
    return spawn(program, args, { cwd: request.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    return error;
  }
}

/** Runs one line; answers its exit code, or why it could not be started. */
async function runLine({ argv }, output) {
  const child = start(argv);
  if (child instanceof Error) return { problem: startProblem(child, request.cwd) };
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ problem: startProblem(error, request.cwd) }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const streams = [child.stdout, child.stderr].map((stream) => {
    const masked = mask(request.mask, output.write);
    stream.on('data', masked.write);
    return masked;
  });
  if (child.pid !== undefined) {
    group = child.pid;
    writeDurably(join(attempt, 'process.json'), JSON.stringify(identityOf(child.pid)));
  }
  const result = await ended;
  if (result.problem === undefined) await tidyUp(closed, output);
  child.stdout.destroy();
  child.stderr.destroy();
  for (const masked of streams) masked.end();
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

/** Runs the lines until one fails; answers how it ended. */
async function runAll(output) {
  const several = request.commands.length > 1;
  let last = { status: 'exited', exitCode: 0 };
  for (const [index, line] of request.commands.entries()) {
    if (stopping !== null) break;
    if (several) output.note(`$ ${line.text}\n`);
    const result = await runLine(line, output);
    if (result.problem !== undefined && index === 0) return { status: 'not-started', why: result.problem };
    if (result.problem !== undefined) output.note(`[backstay] not started: ${result.problem}\n`);
    last = { status: 'exited', exitCode: result.problem === undefined ? numberOf(result) : 127 };
    if (result.signal) last.signal = result.signal;
    if (last.exitCode !== 0) break;
  }
  if (stopping !== null) await endAll();
  return stopping === null ? last : { status: stopping };
}

function record(end, output) {
  const written = { ...end, durationMs: since(), output: output.close() };
  writeDurably(join(attempt, 'end.json'), JSON.stringify(written));
}

if (newerToken()) process.exit(exits.staleToken);
claim();
if (newerToken()) withdraw();
const output = capture(join(attempt, 'output.log'), request.outputLimitBytes);
const other = livingAttempt();
if (other !== undefined) {
  record({ status: 'not-started', why: `${other} of this step still runs` }, output);
} else {
  const timer = setTimeout(() => stop('timed-out'), request.timeoutMs);
  const end = await runAll(output);
  clearTimeout(timer);
  record(end, output);
}
process.exit(0);
