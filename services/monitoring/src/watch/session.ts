import {
  alertOf,
  evolveWatch,
  judgeWatch,
  sameMeasure,
  type Breach,
  type Decision,
  type Judgement,
  type MeasurementRange,
  type MetricVerdict,
  type MonitoringCommand,
  type Reading,
  type Watch,
} from '@backstay/deployment';
import { Rejection } from '@backstay/event-sourcing';
import type { DeploymentContext, Platform } from '@backstay/service-kit';
import type { WatchMetrics } from '../metrics.ts';
import { endOf, runningOf, unlessEnded } from '../running.ts';
import type { MetricReader } from '@backstay/telemetry';
import { breachOf } from './breach.ts';
import { ReportedFindings } from './reported-findings.ts';
import { Measurements, recordable, recordedOf } from './measurements.ts';
import { behindLast } from './set-back.ts';
import { restored } from './restore.ts';
import type { SyntheticLoad } from './synthetic-traffic.ts';
import type { WatchChecks } from './watch-checks.ts';

export interface SessionOptions {
  readonly platform: Pick<Platform, 'deployments' | 'measurements'>;
  /** Null where the document names no metrics. */
  readonly reader: MetricReader | null;
  /** What is repeated while no metric says anything; null: nothing. */
  readonly checks: Pick<WatchChecks, 'repeat' | 'forget'> | null;
  /** Smoke tests that run as traffic; null: none may. */
  readonly load: Pick<SyntheticLoad, 'take'> | null;
  readonly metrics: WatchMetrics;
  readonly mode: 'guard' | 'window';
  readonly context: DeploymentContext;
  /** The beginning of the watch window; null before it. */
  readonly from: string | null;
}

type Detection = Extract<MonitoringCommand, { type: 'DetectDegradation' }>;

/** One session of watching one deployment; it continues from what any earlier session recorded. */
export class WatchSession {
  readonly #options: SessionOptions;
  readonly #measurements: Measurements;
  readonly #reported: ReportedFindings;
  #watch: Watch;
  #latest: Reading | null = null;
  #isSilent: boolean;

  private constructor(options: SessionOptions, measurements: Measurements, reported: ReportedFindings, watch: Watch) {
    this.#options = options;
    this.#measurements = measurements;
    this.#reported = reported;
    this.#watch = watch;
    this.#isSilent = judgeWatch(watch, options.context.now()).isSilent;
  }

  static async open(options: SessionOptions): Promise<WatchSession> {
    const { platform, context, from } = options;
    const measurements = new Measurements(platform, context.id);
    const watch = restored(runningOf(context.state), await measurements.newer(), from);
    const reported = new ReportedFindings(await platform.deployments.events(context.id));
    return new WatchSession(options, measurements, reported, watch);
  }

  /** Where the grid of its ticks begins; `from` where the time of day has not been set back behind the last of them. */
  ticksFrom(from: string): string {
    return behindLast(from, this.#watch.lastTick, this.#options.context);
  }

  /** Reads, records and judges. Null when the watch was ended, or when another watcher recorded in between. */
  async tick(time: string): Promise<Judgement | null> {
    const { metrics, mode, context } = this.#options;
    const began = performance.now();
    const reading = await unlessEnded(endOf(context), this.#read(time));
    if (reading === null) return null;
    metrics.latency((performance.now() - began) / 1000);
    metrics.tick(mode);
    if (!(await this.#record(recordable(reading)))) return null;
    const judgement = judgeWatch(this.#watch, time);
    this.#isSilent = judgement.isSilent;
    return judgement;
  }

  /** Silence is no failure: where metrics say nothing, the document's own checks do. */
  async #read(time: string): Promise<Reading> {
    const { reader, checks, load } = this.#options;
    if (!this.#isSilent) checks?.forget();
    const [reading, results] = await Promise.all([
      reader?.read(time) ?? { time, samples: [] },
      checks !== null && this.#isSilent ? checks.repeat(Date.parse(time)) : [],
    ]);
    const { checks: tested = [], traffic } = load?.take() ?? {};
    const made = [...results, ...tested];
    return { ...reading, ...(made.length > 0 && { checks: made }), ...(traffic !== undefined && { traffic }) };
  }

  async #record(reading: Reading): Promise<boolean> {
    try {
      await this.#measurements.append(reading);
    } catch (error) {
      if (!(error instanceof Rejection) || error.code !== 'measured-meanwhile') throw error;
      this.#watch = (await this.#measurements.newer()).reduce(evolveWatch, this.#watch);
      return false;
    }
    this.#watch = evolveWatch(this.#watch, reading);
    this.#latest = reading;
    return true;
  }

  /** Reports alerts, and what shadow mode would have done, once each. */
  async reportAlerts({ alerts, wouldHave }: Judgement): Promise<void> {
    const { context } = this.#options;
    for (const { action, decision } of alerts) {
      const breach = this.breach(decision);
      if (action === 'rollback' || !this.#reported.raises(breach)) continue;
      await context.append({
        type: 'RaiseAlert',
        alert: decision.rule.text,
        action,
        breach,
        token: context.token,
        at: context.now(),
      });
    }
    for (const decision of wouldHave) await this.withhold(this.detection(decision));
  }

  /** Reports which metrics are judged otherwise than before. */
  async reportVerdicts({ metrics }: Judgement): Promise<void> {
    for (const verdict of metrics) {
      const before = this.#reported.verdictOf(verdict);
      if (before !== verdict.verdict) await this.#reportVerdict(before, verdict);
    }
  }

  async #reportVerdict(from: string | null, judged: MetricVerdict): Promise<void> {
    const { context, metrics } = this.#options;
    const { metric, quantile, verdict, reason } = judged;
    const sample = this.#latest?.samples.find((each) => sameMeasure(each, judged));
    const name = { metric, ...(quantile === undefined ? {} : { quantile }) };
    const change = {
      ...name,
      from,
      to: verdict,
      reason: reason ?? null,
      sample: sample === undefined ? null : recordedOf(sample),
      range: this.range(),
    };
    await context.append({ type: 'ChangeVerdict', change, token: context.token, at: context.now() });
    this.#reported.changed(judged, verdict);
    metrics.verdict(verdict);
  }

  breach(decision: Decision): Breach {
    return breachOf(decision, this.#measurements.since(decision.samples[0]?.time ?? decision.since));
  }

  /** The command that a decision asks for. */
  detection(decision: Decision): Detection {
    return this.detected(kindOf(decision), this.breach(decision), decision.shadow);
  }

  detected(kind: Detection['kind'], breach: Breach, shadow: boolean): Detection {
    const { token, now } = this.#options.context;
    return { type: 'DetectDegradation', trigger: breach.text, kind, breach, shadow, token, at: now() };
  }

  async withhold(detection: Detection): Promise<void> {
    if (this.#reported.withholds(detection.breach)) await this.#options.context.append({ ...detection, shadow: true });
  }

  /** Everything that was measured since the window began, or since the first breach could. */
  range(): MeasurementRange | null {
    return this.#measurements.since(this.#options.from ?? '');
  }
}

function kindOf(decision: Decision): Detection['kind'] {
  if (alertOf(decision.metric) !== undefined) return 'alert';
  return decision.decision === 'degraded' && decision.baseline !== undefined ? 'degradation' : 'limit';
}
