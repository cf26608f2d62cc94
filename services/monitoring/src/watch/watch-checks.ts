import type { CheckResult, Running } from '@backstay/deployment';
import { setTimeout as pause } from 'node:timers/promises';
import { runFlows, type FlowResult } from '@backstay/checks';
import type { Plan } from '@backstay/document';
import { flowCheck, healthCheck, type DeploymentIo } from '@backstay/steps';
import { checksBreach, flowsEveryMs, flowTrigger, type BrokenChecks } from './critical-flows.ts';
import { OwnRequests } from './own-requests.ts';

/**
 * The document's checks as a watch repeats them where no metric says anything: health checks again and again, smoke tests now and
 * then, beside the ticks and never twice at once. What was found is recorded with the next tick.
 */
export class WatchChecks {
  readonly #io: DeploymentIo;
  readonly #signal: AbortSignal;
  readonly #repeatsFlows: () => boolean;
  /** Those of a flow that may fail, and is not recorded where it did, are counted with the next one. */
  readonly #ofFlows: OwnRequests;
  #running: Promise<void> | null = null;
  #found: readonly CheckResult[] = [];
  #error: unknown = null;
  #flowsBegan = -Infinity;
  #flowsFailed = false;

  /** @param repeatsFlows false where they run already: by the document's trigger on its critical flows, or as traffic */
  constructor(io: DeploymentIo, signal: AbortSignal, repeatsFlows: () => boolean) {
    this.#io = io;
    this.#signal = signal;
    this.#repeatsFlows = repeatsFlows;
    this.#ofFlows = new OwnRequests(io.deployment.plan);
  }

  /** A service that hangs has a reply only later: until then nothing ends well. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** What was found since this was last asked. `at` in milliseconds. */
  async repeat(at: number): Promise<readonly CheckResult[]> {
    this.#running ??= this.#round(at).catch((error: unknown) => {
      this.#error = error;
    });
    const waits = new AbortController();
    const patience = pause(this.#io.deployment.plan.monitoring.everyMs / 2, undefined, { signal: waits.signal });
    await Promise.race([this.#running, patience.catch(() => undefined)]);
    waits.abort();
    if (this.#error !== null) throw this.#error;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Metrics speak again: what was found meanwhile says nothing of the next silence. */
  forget(): void {
    this.#found = [];
  }

  async #round(at: number): Promise<void> {
    try {
      await this.#health();
      await this.#flowsWhenDue(at);
    } finally {
      this.#running = null;
    }
  }

  async #health(): Promise<void> {
    const { plan } = this.#io.deployment;
    const options = { ...this.#options(plan), expectedVersion: plan.version };
    await Promise.all(
      plan.healthChecks.map(async (check) => {
        const own = new OwnRequests(plan);
        this.#add(await healthCheck(check, { ...options, fetch: own.of(options.fetch) }), own);
      }),
    );
  }

  /** Each as soon as it is known: the service has counted its requests by then. */
  #add(result: CheckResult, own: OwnRequests): void {
    if (this.#signal.aborted || mayFail(this.#io.deployment.plan, result)) return;
    this.#found = [...this.#found, { ...result, observed: { ...result.observed, requests: own.take() } }];
  }

  /** At once after a failure, and each time where there is no health check. */
  async #flowsWhenDue(at: number): Promise<void> {
    const { plan } = this.#io.deployment;
    const isDue = this.#flowsFailed || plan.healthChecks.length === 0 || at - this.#flowsBegan >= flowsEveryMs(plan);
    if (!this.#repeatsFlows() || plan.smokeTests.length === 0 || !isDue) return;
    this.#flowsBegan = at;
    this.#flowsFailed = false;
    const own = this.#ofFlows;
    const onResult = (flow: FlowResult): void => {
      const result = flowCheck(plan.smokeTests, flow);
      this.#flowsFailed ||= !result.passed && !mayFail(plan, result);
      this.#add(result, own);
    };
    const options = this.#options(plan);
    await runFlows([...plan.smokeTests], { ...options, fetch: own.of(options.fetch), onResult });
  }

  #options({ baseUrl }: Plan) {
    const { io, environment, lookup: variables } = this.#io;
    const { redactorFor: mask, redact, open } = environment;
    return { ...io, mask, redact, open, baseUrl, variables, signal: this.#signal };
  }
}

export const mayFail = ({ smokeTests }: Plan, { kind, title, passed }: CheckResult): boolean =>
  !passed && kind === 'smoke-test' && smokeTests.find((test) => test.title === title)?.onFailure === 'continue';

/** What follows from checks that failed twice in a row. */
export function brokenWatch(run: Running, checks: readonly CheckResult[]): BrokenChecks {
  const { monitoring, rollback } = run.drafted.plan;
  const health = checks.find(({ kind }) => kind === 'health-check');
  if (health !== undefined) {
    const breach = checksBreach('health check', health, { text: health.title, line: health.line });
    return { kind: 'health-checks', checks, breach, shadow: monitoring.mode === 'shadow' };
  }
  const [first] = checks;
  const critical = flowTrigger(run);
  const trigger = critical ?? rollback.triggers.find(({ rule }) => rule.kind === 'smoke-tests');
  const shadow = monitoring.mode === 'shadow' || trigger?.mode === 'shadow';
  const named = { text: trigger?.text ?? first?.title ?? '', line: trigger?.source.line ?? first?.line ?? null };
  const breach = checksBreach(critical === null ? 'smoke test' : 'critical flow', first, named);
  return { kind: critical === null ? 'smoke-tests' : 'critical-flow', checks, breach, shadow };
}
