import {
  evolveWatch,
  judgeWatch,
  openWatch,
  startWatch,
  type Judged as Asked,
  type MeasurementsTaken,
  type RecordedSample,
  type RuleVerdict,
  type Sample,
} from '@backstay/deployment';
import { counted, isMeasured, type Criterion } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { lastOf, type RecordOf } from '../events.ts';
import { isTick } from '../measurements.ts';
import { proof, type Context } from './context.ts';
import { met, unknown, unmet, waiting, type Judged } from './verdict.ts';

type Tick = RecordedEvent<MeasurementsTaken>;

/** `METRIC op VALUE for D`: the recorded measurements of the watch window, judged again by the rules of the watch. */
export function limitKept(context: Context, criterion: Criterion): Judged {
  const started = lastOf(context.records, 'WatchStarted');
  if (started === undefined && !isMeasured(context.plan))
    return unmet('the document names no metric source, no watch window or no metric');
  if (started === undefined)
    return context.over ? unmet('nothing was ever watched') : waiting('the watch has not begun yet');
  const watched = context.measurements
    .filter(isTick)
    .filter(({ data }) => Date.parse(data.at) >= Date.parse(started.data.from));
  const verdict = judgedAgain(context, criterion, started, watched);
  const last = watched.at(-1);
  const count = `${counted(watched.length, 'tick')} up to version ${last?.version ?? 0} of ${started.data.measurements}`;
  const evidence = last === undefined ? [proof(started)] : [proof(started), proof(last, count)];
  return textOf(context, verdict, count, evidence);
}

function judgedAgain(
  { plan, now }: Context,
  criterion: Criterion,
  started: RecordOf<'WatchStarted'>,
  ticks: readonly Tick[],
): RuleVerdict | undefined {
  const asked: Asked = {
    monitoring: { ...plan.monitoring, metrics: [], thresholds: [] },
    rollback: { triggers: [] },
    acceptanceCriteria: [criterion],
  };
  const opened = startWatch(openWatch(asked, null), started.data.from);
  const watch = ticks.reduce(
    (state, { data }) => evolveWatch(state, { time: data.at, samples: data.samples.map(sampleOf) }),
    opened,
  );
  return judgeWatch(watch, now).rules[0];
}

function sampleOf({ verdict, ...sample }: RecordedSample): Sample {
  return verdict === 'pass' ? sample : { ...sample, verdict };
}

function textOf(
  { records, over }: Context,
  verdict: RuleVerdict | undefined,
  count: string,
  evidence: Judged['evidence'],
): Judged {
  const isComplete = lastOf(records, 'MonitoringPassed', 'MonitoringFailed') !== undefined;
  const reason = verdict?.reason ?? 'nothing was measured';
  if (verdict?.verdict === 'fail') return unmet(reason, evidence);
  if (!isComplete && over)
    return unmet(`the watch was ended early: ${keptUntilThen(verdict, reason)} over ${count}`, evidence);
  if (!isComplete)
    return waiting(
      verdict?.verdict === 'pass' ? 'kept so far; the watch goes on' : `the watch goes on: ${reason}`,
      evidence,
    );
  if (verdict?.verdict === 'pass') return met(`kept over ${count}`, evidence);
  return verdict?.verdict === 'no-data' || verdict?.verdict === 'error'
    ? unknown(reason, evidence)
    : unmet(reason, evidence);
}

const keptUntilThen = (verdict: RuleVerdict | undefined, reason: string): string =>
  verdict?.verdict === 'pass' ? 'kept' : reason;
