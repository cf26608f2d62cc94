import type { AlertAction } from '@backstay/document';
import type { CheckResult, SyntheticTraffic } from '../../values.ts';
import type { Decision, Degraded } from './decision.ts';
import { decisionsOf, isSilent } from './decisions.ts';
import { asksForRollback, outcomeOf, type Outcome } from './outcome.ts';
import { brokenChecks, passedChecks } from './repeated-checks.ts';
import { idleTicks } from './traffic.ts';
import { judgeMetric, judgeRules, type MetricVerdict, type RuleVerdict } from './verdict.ts';
import { ruleStateOf, type Watch } from './watch.ts';

/** A threshold's newest breach episode. `(rule, episode)` identifies it: a number already recorded is not news. */
export interface Alert {
  readonly rule: string;
  readonly episode: number;
  readonly action: AlertAction;
  readonly decision: Degraded;
  readonly clearedAt: string | null;
}

export interface Judgement {
  /** What to act upon now: the first proven breach of an active rollback rule, else a metric without data for too long. */
  readonly decision: Decision | null;
  /** What shadow mode would have acted upon. */
  readonly wouldHave: readonly Decision[];
  readonly alerts: readonly Alert[];
  readonly rules: readonly RuleVerdict[];
  readonly metrics: readonly MetricVerdict[];
  /** Health checks and smoke tests that the watch repeats and that failed twice in a row. */
  readonly broken: readonly CheckResult[];
  /** How many of them passed the last time. */
  readonly checksPassed: number;
  /** Whether no metric says anything, or none has for half of the time that missing data may take: then checks are repeated. */
  readonly isSilent: boolean;
  /** Whether nobody uses the service: its own metrics have counted no request for some ticks. */
  readonly isIdle: boolean;
  /** What Backstay itself sent. */
  readonly traffic: SyntheticTraffic | null;
  /** Recorded ticks since the watch began. */
  readonly ticks: number;
  /** Null while the watch goes on. */
  readonly outcome: Outcome | null;
}

function alertsOf(watch: Watch): Alert[] {
  return watch.rules.flatMap(({ id, kind, action }) => {
    const { episode } = ruleStateOf(watch, id);
    if (kind !== 'threshold' || action === null || !episode) return [];
    return [{ rule: id, episode: episode.number, action, decision: episode.decision, clearedAt: episode.clearedAt }];
  });
}

/** What the ticks so far amount to at `now`. */
export function judgeWatch(watch: Watch, now: string): Judgement {
  const rules = judgeRules(watch);
  const metrics = watch.measures.map((measure) => judgeMetric(watch, rules, measure));
  const rollbackRules = watch.rules.filter(asksForRollback);
  return {
    decision:
      decisionsOf(
        watch,
        rollbackRules.filter(({ shadow }) => !shadow),
      )[0] ?? null,
    wouldHave: decisionsOf(
      watch,
      rollbackRules.filter(({ shadow }) => shadow),
    ),
    alerts: alertsOf(watch),
    rules,
    metrics,
    broken: brokenChecks(watch.checks),
    checksPassed: passedChecks(watch.checks),
    isSilent: isSilent(watch, rollbackRules),
    isIdle: watch.idle >= idleTicks,
    traffic: watch.traffic,
    ticks: watch.ticks,
    outcome: outcomeOf(watch, rules, metrics, now),
  };
}
