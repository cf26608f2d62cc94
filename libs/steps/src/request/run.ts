import type { Lookup } from '@backstay/document';
import { failingTexts, judgeResponse, sendRequest, withValues } from '@backstay/checks';
import { guardedFetch, HttpProblem } from '@backstay/guarded-io';
import { withinTime } from '../bounded.ts';
import { environmentFor } from '../environment.ts';
import { failed, succeeded, unknown, type StepEnd } from '../end.ts';
import { keyOf, type ActionOf, type StepTask } from '../task.ts';

/** Sends the request and judges the reply. A keyed one carries the step key, by which the receiver knows a repetition. */
export function send(task: StepTask<ActionOf<'request'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { step, deployment } = task;
    const { request } = step.action;
    const environment = environmentFor(task);
    const { redact } = environment;
    const given = new Set<string>();
    const lookup: Lookup = (name) => {
      const value = environment.lookup(name);
      if (value !== undefined) given.add(value);
      return value;
    };
    const headers = step.effect === 'keyed' ? { 'idempotency-key': keyOf(task), ...request.headers } : request.headers;
    const options = {
      baseUrl: deployment.plan.baseUrl,
      fetch: guardedFetch({ allow: deployment.plan.allow }),
      lookup,
      timeoutMs: step.timeoutMs,
      signal,
    };
    const response = await sendRequest({ ...request, headers }, options).catch((error: unknown) => lost(task, error));
    if ('outcome' in response) return response;
    const { status, latencyMs } = response;
    const confidential = [...given].some((value) => !environment.open.includes(value));
    const failing = failingTexts(judgeResponse(withValues(step.expected, lookup), response, { confidential, redact }));
    const details = { result: { status, latencyMs } };
    return failing.length === 0 ? succeeded(details) : failed(redact(failing.join('; ')), details);
  });
}

/** A reply that did not come does not show whether the receiver acted. */
function lost({ step }: StepTask, error: unknown): StepEnd {
  const mayHaveActed =
    error instanceof HttpProblem &&
    (error.code === 'timed-out' || error.code === 'interrupted' || error.code === 'too-large');
  if (step.effect === 'opaque' && mayHaveActed) return unknown(`its reply is not known: ${error.message}`);
  throw error;
}
