import type { Breach, CheckResult, Running } from '@backstay/deployment';
import type { Plan, Trigger } from '@backstay/document';
import { runFlows } from '@backstay/checks';
import { flowCheck, type DeploymentIo } from '@backstay/steps';

export interface CriticalFlowsOptions {
  readonly plan: Plan;
  readonly io: Pick<DeploymentIo, 'io' | 'lookup' | 'environment'>;
  readonly trigger: Trigger;
  readonly signal: AbortSignal;
}

/** The document's trigger on its critical flows; one that acts before one that only records. */
export function flowTrigger({ drafted }: Pick<Running, 'drafted'>): Trigger | null {
  const { rollback, smokeTests } = drafted.plan;
  const triggers = rollback.triggers.filter(({ rule }) => rule.kind === 'critical-flow');
  return smokeTests.length === 0 ? null : (triggers.find(({ mode }) => mode === 'active') ?? triggers[0] ?? null);
}

/** Critical flows while watching: run again and again beside the ticks, never twice at once; broken when they fail twice in a row. */
export class CriticalFlows {
  readonly #options: CriticalFlowsOptions;
  readonly #everyMs: number;
  #running: Promise<void> | null = null;
  #began = -Infinity;
  #failures: readonly (readonly CheckResult[])[] = [];

  constructor(options: CriticalFlowsOptions) {
    this.#options = options;
    this.#everyMs = flowsEveryMs(options.plan);
  }

  /** Begins a run when one is due and none is under way. `at` in milliseconds. */
  runWhenDue(at: number): void {
    if (this.#running !== null || at - this.#began < this.#everyMs) return;
    this.#began = at;
    this.#running = this.#run().finally(() => (this.#running = null));
  }

  /** Waits for the run under way; a single failure is confirmed or cleared by another run. */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#failures.length === 1) await this.#run();
  }

  async #run(): Promise<void> {
    const { plan, io, signal } = this.#options;
    const results = await runFlows(plan.smokeTests, {
      ...io.io,
      mask: io.environment.redactorFor,
      open: io.environment.open,
      baseUrl: plan.baseUrl,
      variables: io.lookup,
      signal,
    });
    if (signal.aborted) return;
    const failed = results.filter(
      ({ passed, number }) =>
        !passed && plan.smokeTests.find((test) => test.number === number)?.onFailure !== 'continue',
    );
    const checks = failed.map((result) => flowCheck(plan.smokeTests, result));
    this.#failures = checks.length === 0 ? [] : [...this.#failures, checks].slice(-2);
  }

  /** What failed twice in a row, and what follows from it; null while nothing did. */
  get broken(): BrokenChecks | null {
    const { trigger, plan } = this.#options;
    const [, checks] = this.#failures;
    if (checks === undefined) return null;
    const shadow = trigger.mode === 'shadow' || plan.monitoring.mode === 'shadow';
    const breach = checksBreach('critical flow', checks[0], { text: trigger.text, line: trigger.source.line });
    return { kind: 'critical-flow', checks, breach, shadow };
  }
}

/** Checks that failed twice in a row, and what follows from it. */
export interface BrokenChecks {
  readonly kind: 'critical-flow' | 'smoke-tests' | 'health-checks';
  readonly checks: readonly CheckResult[];
  readonly breach: Breach;
  readonly shadow: boolean;
}

/** Flows change what they test, and are repeated less often than is measured. */
export const flowsEveryMs = ({ monitoring }: Plan): number => Math.max(5 * monitoring.everyMs, 5_000);

/** Of the first of the checks that failed. */
export function checksBreach(
  what: 'critical flow' | 'smoke test' | 'health check',
  first: CheckResult | undefined,
  { text, line }: Pick<Breach, 'text' | 'line'>,
): Breach {
  const place = line === null ? '' : ` (line ${line})`;
  const sentence = `${what} "${first?.title}" failed twice in a row: ${first?.reason ?? 'failed'}${place}`;
  const nothing = { observed: null, limit: null, samples: [], range: null };
  return { text, line, metric: what.replace(' ', '-'), unit: 'count', forMs: 0, sentence, ...nothing };
}
