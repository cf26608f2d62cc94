import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../supervisor/machine.mjs';
import { bootId, hostId, isAlive, processesIn, processesMarked, readRecord, send } from '../supervisor/machine.mjs';
import type { CommandOutcome } from './outcome.ts';
import { readableTail } from './tail.ts';

/** Written before anything is run, by whoever won the attempt. */
export interface Claim {
  readonly key: string;
  readonly attempt: number;
  readonly token: number;
  readonly run: string;
  readonly host: string;
  readonly bootId: string;
  readonly supervisor: ProcessIdentity;
  /** The folder of the control group of all its processes; absent or null where there is none. */
  readonly controlGroup?: string | null;
  readonly startedAt: string;
  readonly timeoutMs: number;
}

/** On disk the tail is base64, and the path is that of the folder. */
type EndRecord = Exclude<CommandOutcome, { status: 'unknown' }>;

/** What is on disk about one attempt. */
export type Observation =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly claim: Claim }
  | { readonly status: 'ended'; readonly claim: Claim; readonly outcome: CommandOutcome }
  | { readonly status: 'unknown'; readonly claim: Claim; readonly why: string; readonly running: boolean | null };

/** Looks without touching. */
export function observe(attempt: string): Observation {
  const claim = readRecord<Claim>(join(attempt, 'claim.json'));
  if (claim === null) return { status: 'none' };
  if (!hasEnded(attempt)) {
    const lost = whyLost(claim);
    if (lost === null) return { status: 'running', claim };
    // It may have written its end between the two looks.
    if (!hasEnded(attempt)) return { status: 'unknown', claim, why: lost, running: stillRuns(attempt, claim) };
  }
  return { status: 'ended', claim, outcome: readEnd(attempt) };
}

const hasEnded = (attempt: string): boolean => existsSync(join(attempt, 'end.json'));
const isHere = (claim: Claim): boolean => claim.host === hostId();

function whyLost(claim: Claim): string | null {
  if (!isHere(claim)) return `it was started on ${claim.host}, where nobody here can look`;
  if (claim.bootId !== bootId()) return 'the machine was restarted before it ended';
  if (!isAlive(claim.supervisor)) return 'its supervisor is gone and left no record of the end';
  return null;
}

function stillRuns(attempt: string, claim: Claim): boolean | null {
  return isHere(claim) ? claim.bootId === bootId() && remainingProcesses(attempt, claim).length > 0 : null;
}

/** The processes of an attempt that lost its supervisor: group ids are negative. */
export function remainingProcesses(attempt: string, claim: Claim): number[] {
  const leader = readRecord<ProcessIdentity>(join(attempt, 'process.json'));
  const group = leader !== null && isAlive(leader) && send(-leader.pid, 0) ? [-leader.pid] : [];
  return [...group, ...new Set([...processesMarked(`BACKSTAY_RUN=${claim.run}`), ...processesIn(claim.controlGroup)])];
}

function readEnd(attempt: string): CommandOutcome {
  const record = readRecord<EndRecord>(join(attempt, 'end.json'));
  if (record === null) throw new Error(`the end record of ${attempt} was removed while it was read`);
  if (record.status === 'not-started') return { status: 'not-started', why: record.why };
  const { output } = record;
  return { ...record, output: { ...output, tail: readableTail(output.tail), path: join(attempt, 'output.log') } };
}
