import type { Lookup, SmokeTest } from '@backstay/document';
import { setTimeout as pause } from 'node:timers/promises';
import { withValues } from './expectations.ts';
import { FlowMemory } from './flow-memory.ts';
import { failingTexts, judgeResponse } from './judge.ts';
import type { Explain, Fetch, Mask } from './ports.ts';
import { reasonOf } from './reasons.ts';
import { sendRequest } from './request.ts';

/** What was seen at the last attempt; `status` and `latencyMs` are null where there was no response. */
export type FlowObservation = { status: number | null; latencyMs: number | null; failing: string[] };

export type FlowResult = {
  number: number;
  title: string;
  passed: boolean;
  /** 0: not run, because of the flow that `reason` names. */
  attempts: number;
  observed: FlowObservation;
  /** Names of what later flows may use; never the values. */
  captured: string[];
  reason?: string;
};

export type FlowOptions = {
  baseUrl: string | null;
  fetch: Fetch;
  variables: Lookup;
  explain: Explain;
  mask: Mask;
  /** Public values: a request that sends nothing else sends no secret. */
  open?: readonly string[];
  signal?: AbortSignal;
  onResult?: (result: FlowResult) => void | Promise<void>;
};

/**
 * Runs critical user flows in order, each with its retries. After a failed flow that does not say `Failure: Continue`,
 * the others are not run. Values that were sent or captured are masked in every text, and the body of a reply to secrets is in
 * none. An abort ends with a failed flow.
 */
export async function runFlows(smokeTests: SmokeTest[], options: FlowOptions): Promise<FlowResult[]> {
  const memory = new FlowMemory(options.variables);
  const results: FlowResult[] = [];
  let stoppedBy: FlowResult | undefined;
  for (const test of smokeTests) {
    const result = stoppedBy ? notRun(test, stoppedBy) : await runFlow(test, memory, options);
    if (!result.passed && test.onFailure !== 'continue') stoppedBy ??= result;
    results.push(result);
    await options.onResult?.(result);
  }
  return results;
}

const nothingSeen: FlowObservation = { status: null, latencyMs: null, failing: [] };

function notRun({ number, title }: SmokeTest, because: FlowResult): FlowResult {
  const reason = `not run: flow ${because.number} (${because.title}) failed`;
  return { number, title, passed: false, attempts: 0, observed: nothingSeen, captured: [], reason };
}

async function runFlow(test: SmokeTest, memory: FlowMemory, options: FlowOptions): Promise<FlowResult> {
  const { number, title, retry } = test;
  const attemptsAllowed = 1 + (retry?.times ?? 0);
  for (let attempts = 1; ; attempts += 1) {
    const attempt = masked(await attemptOf(test, memory, options), options.mask(memory.values()));
    const result = { number, title, attempts, ...attempt, captured: attempt.passed ? capturedNames(test) : [] };
    if (attempt.passed || attempts === attemptsAllowed || !(await paused(retry?.everyMs ?? 0, options.signal)))
      return result;
  }
}

type Attempt = { passed: boolean; observed: FlowObservation; reason?: string };

async function attemptOf(test: SmokeTest, memory: FlowMemory, options: FlowOptions): Promise<Attempt> {
  let observed = nothingSeen;
  try {
    const response = await sendRequest(test.request, { ...options, lookup: memory.lookup, timeoutMs: test.timeoutMs });
    const confidential = memory.hasGiven(options.open ?? []);
    // Kept also of a failed attempt, so that what the body gives away is masked in the texts about it.
    const missing = memory.keep(test, response);
    const expected = withValues(test.expect, memory.lookup);
    const redact = options.mask(memory.values());
    const failing = failingTexts(judgeResponse(expected, response, { confidential, redact }));
    observed = { status: response.status, latencyMs: response.latencyMs, failing };
    const problems = failing.length > 0 ? failing : missing;
    return problems.length === 0
      ? { passed: true, observed }
      : { passed: false, observed, reason: problems.join('; ') };
  } catch (error) {
    return { passed: false, observed, reason: [...observed.failing, reasonOf(error, options.explain)].join('; ') };
  }
}

function masked(attempt: Attempt, text: (text: string) => string): Attempt {
  const observed = { ...attempt.observed, failing: attempt.observed.failing.map(text) };
  return { ...attempt, observed, ...(attempt.reason === undefined ? {} : { reason: text(attempt.reason) }) };
}

const capturedNames = ({ captures, expect }: SmokeTest) => {
  const returnsToken = expect.some((clause) => clause.kind === 'returns' && clause.what === 'jwt');
  return [...new Set([...(returnsToken ? ['token'] : []), ...Object.keys(captures)])];
};

/** False when the caller ended the pause. */
async function paused(ms: number, signal?: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal }).catch(() => false);
}
