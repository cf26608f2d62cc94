import { setTimeout as pause } from 'node:timers/promises';
import { defaultWindowMs, rulesOf, type CheckResult, type SyntheticTraffic } from '@backstay/deployment';
import { runFlows, type FlowOptions, type FlowResult } from '@backstay/checks';
import { trafficFlows, type Plan } from '@backstay/document';
import { flowCheck, type DeploymentIo } from '@backstay/steps';
import { OwnRequests } from './own-requests.ts';
import { mayFail } from './watch-checks.ts';

/** Runs of all flows at a time, so that a service that hangs is not asked more and more. */
const lanes = 4;
/** Ten requests each second at most, however many the document wants in its windows. */
const leastGapMs = 100;

/** How far apart requests are, so that each window has half more of them than decide, and each tick two at least. */
export function trafficEveryMs(plan: Plan): number {
  const { everyMs, minimumRequests } = plan.monitoring;
  const windows = rulesOf(plan, null).map(({ limit }) => limit.overMs);
  const windowMs = Math.min(defaultWindowMs(everyMs), ...windows);
  return Math.round(Math.max(leastGapMs, Math.min(windowMs / (1.5 * minimumRequests), everyMs / 2)));
}

/**
 * Smoke tests as steady load while nobody uses the service. They run again and again in a few lanes, and their requests go out one by
 * one on a common grid. Each names itself in `user-agent`, unless the document says another.
 */
export class SyntheticLoad {
  readonly #io: DeploymentIo;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #last = new Map<number, CheckResult>();
  #running: Promise<unknown> | null = null;
  #everyMs = 0;
  #nextAt = 0;
  readonly #own: OwnRequests;
  #failed = 0;
  #error: unknown = null;

  constructor(io: DeploymentIo, signal: AbortSignal) {
    this.#io = io;
    this.#own = new OwnRequests(io.deployment.plan);
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  start(everyMs: number): void {
    if (this.#running !== null) return;
    this.#everyMs = everyMs;
    const runs = Array.from({ length: lanes }, () => this.#lane());
    this.#running = Promise.all(runs).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#error = error;
    });
  }

  /** Ends when no request of it is under way any more. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  /** What was sent and found since this was last asked: of each flow its last run. */
  take(): { readonly traffic?: SyntheticTraffic; readonly checks: readonly CheckResult[] } {
    if (this.#error !== null) throw this.#error;
    const traffic = { requests: this.#own.take(), failed: this.#failed };
    const checks = [...this.#last.values()];
    this.#failed = 0;
    this.#last.clear();
    return this.isRunning ? { traffic, checks } : { checks };
  }

  async #lane(): Promise<void> {
    while (!this.#signal.aborted) await this.#run();
  }

  /** A run whose tests cannot be sent takes its place on the grid all the same. */
  async #run(): Promise<void> {
    const { plan } = this.#io.deployment;
    let sent = 0;
    const fetch: FlowOptions['fetch'] = (url, request) => {
      sent += 1;
      return this.#send(url, request);
    };
    const onResult = (result: FlowResult): void => this.#found(plan, result);
    await runFlows(trafficFlows(plan), { ...this.#options(plan), fetch, onResult });
    if (sent === 0) await this.#place();
  }

  #found(plan: Plan, result: FlowResult): void {
    if (this.#signal.aborted) return;
    const check = flowCheck(plan.smokeTests, result);
    if (!result.passed && result.attempts > 0) this.#failed += 1;
    if (!mayFail(plan, check)) this.#last.set(result.number, check);
  }

  #options({ baseUrl }: Plan): Omit<FlowOptions, 'fetch'> {
    const { io, environment, lookup: variables } = this.#io;
    const { redactorFor: mask, open } = environment;
    return { ...io, mask, open, baseUrl, variables, signal: this.#signal };
  }

  async #send(...[url, request]: Parameters<FlowOptions['fetch']>): ReturnType<FlowOptions['fetch']> {
    await this.#place();
    const agent = `backstay smoke-test-traffic (deployment ${this.#io.deployment.id})`;
    return this.#own.of(this.#io.io.fetch)(url, { ...request, headers: { 'user-agent': agent, ...request.headers } });
  }

  /** Waits for the next place on the grid; a place that nobody took is not made up for. */
  async #place(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#everyMs;
    await pause(at - now, undefined, { signal: this.#signal });
  }
}
