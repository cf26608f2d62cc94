import { counted, type LineVerdict, type Threshold, type Trigger } from '@backstay/document';
import { proof, unreached, type Context } from '../acceptance-criteria/context.ts';
import { allOf, lastOf, type DeploymentRecord, type RecordOf } from '../events.ts';

type Records = readonly DeploymentRecord[];
type Breached = RecordOf<'AlertRaised' | 'DegradationDetected' | 'RollbackWithheld'>;
type Reported = Pick<LineVerdict, 'verdict' | 'text' | 'evidence'>;

const breaches = (records: Records): readonly Breached[] =>
  allOf(records, 'AlertRaised', 'DegradationDetected', 'RollbackWithheld');

/** Every limit: broken, kept to the end of the watch, or how far it could be judged. */
export function limitLines(records: Records, context: Context | null): LineVerdict[] {
  const thresholds = context?.plan.monitoring.thresholds ?? [];
  const known = new Set([
    ...thresholds.map(({ source }) => source.line),
    ...(context?.plan.rollback.triggers ?? []).map(({ source }) => source.line),
  ]);
  const others = breaches(records).filter(({ data: { breach } }) => breach.line !== null && !known.has(breach.line));
  return [
    ...thresholds.map((each) => limitLine(records, context, each)),
    ...others.map((record): LineVerdict => ({
      line: record.data.breach.line ?? 0,
      kind: 'limit',
      ...broken([record]),
    })),
  ];
}

function limitLine(records: Records, context: Context | null, threshold: Threshold): LineVerdict {
  const { line } = threshold.source;
  const against = breaches(records).filter(({ data }) => data.breach.line === line);
  return { line, kind: 'limit', ...(against.length > 0 ? broken(against) : unbroken(records, context, threshold)) };
}

function broken(against: readonly Breached[]): Reported {
  const text = against.at(-1)?.data.breach.sentence ?? '';
  return { verdict: 'breached', text, evidence: against.map((record) => proof(record)) };
}

function unbroken(records: Records, context: Context | null, { metric, quantile }: Threshold): Reported {
  const end = lastOf(records, 'MonitoringPassed', 'MonitoringFailed');
  const summary = end?.data.metrics.find((each) => each.metric === metric && each.quantile === quantile);
  if (end !== undefined && summary !== undefined) {
    const isKept = summary.verdict === 'pass';
    const text = isKept ? `kept on ${counted(summary.samples, 'valid sample')}` : (summary.reason ?? '');
    return { verdict: isKept ? 'kept' : summary.verdict, text, evidence: [proof(end)] };
  }
  const started = lastOf(records, 'WatchStarted');
  if (started === undefined) return { verdict: context?.over ? unreached(context) : 'pending', text: '', evidence: [] };
  const text = context?.over
    ? 'not broken as long as it was watched; the watch did not come to its end'
    : 'kept so far; the watch goes on';
  return { verdict: context?.over ? 'unknown' : 'watched', text, evidence: [proof(started)] };
}

/** Every trigger: pulled, withheld in shadow, armed as long as the deployment goes on and is not taken back already. */
export function triggerLines(records: Records, context: Context | null): LineVerdict[] {
  const triggers = context?.plan.rollback.triggers ?? [];
  const pulled = allOf(records, 'RollbackTriggered');
  const elsewhere = pulled.filter(({ data }) => !triggers.some((each) => isPulled(each, data.trigger)));
  return [
    ...triggers.map((each) => triggerLine(records, context, each)),
    ...elsewhere.flatMap((record): LineVerdict[] => {
      const { trigger, reason } = record.data;
      const lineOf = { verdict: 'pulled', text: reason, evidence: [proof(record)] };
      return trigger.line === null ? [] : [{ line: trigger.line, kind: 'trigger', ...lineOf }];
    }),
  ];
}

type Pulled = RecordOf<'RollbackTriggered'>['data']['trigger'];
const isPulled = ({ rule, source }: Trigger, { line, kind }: Pulled): boolean =>
  line === source.line || (line === null && kind === 'manual' && rule.kind === 'manual');

function triggerLine(records: Records, context: Context | null, trigger: Trigger): LineVerdict {
  const { line } = trigger.source;
  const seen = breaches(records).filter(({ data }) => data.breach.line === line);
  const pulled = allOf(records, 'RollbackTriggered').filter(({ data }) => isPulled(trigger, data.trigger));
  const evidence = [...seen, ...pulled].map((record) => proof(record));
  const lineOf = (verdict: string, text = ''): LineVerdict => ({ line, kind: 'trigger', verdict, text, evidence });
  const [first] = pulled;
  if (first !== undefined) return lineOf('pulled', first.data.reason);
  const last = seen.at(-1)?.data.breach.sentence;
  if (last !== undefined) return lineOf(trigger.mode === 'shadow' ? 'withheld' : 'breached', last);
  return lineOf(context?.over ? 'not-pulled' : 'armed');
}
