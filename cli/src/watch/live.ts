import type { AuditEntry, MetricSeries, StreamEvent } from '@backstay/api-contract';
import type { RecordedEvent } from '@backstay/event-sourcing';
import type { SummaryRow } from '@backstay/projections';
import { isWatched, wentWrong, type Snapshot } from './snapshot.ts';
import { progressOf } from './progress.ts';

/** A snapshot that goes on by itself with each event of the live stream, as the platform would report it then. */
export interface LiveSnapshot {
  /** Of the last event that it knows. */
  readonly cursor: string | undefined;
  /** Undefined: this version does not know one of the events, or what it holds, so that the deployment has to be fetched again. */
  after(events: readonly StreamEvent[]): Snapshot | undefined;
}

/** @param fetched what the platform reported at one moment */
export async function liveFrom(fetched: Snapshot): Promise<LiveSnapshot> {
  const { deploymentStream, isEventType, measurementsStream, upcast } = await import('@backstay/deployment');
  const { deploymentSummary, measurements, publicSummary, why } = await import('@backstay/projections');
  const { id } = fetched.summary;
  const streams = { deployment: deploymentStream(id), measurements: measurementsStream(id) };
  const entries = [...fetched.entries];
  /** What of `entries` is folded into row and progress. */
  const history: RecordedEvent[] = [];
  let row: SummaryRow | undefined;
  let progress = progressOf([]);
  let { metrics } = fetched;
  let cursor = entries.at(-1)?.cursor;
  return {
    get cursor() {
      return cursor;
    },
    after(events) {
      const ticks = events.filter(({ stream }) => stream === streams.measurements);
      for (const event of events) take(event);
      try {
        return entries.slice(history.length).every(fold) ? snapshot(ticks) : undefined;
      } catch {
        return undefined;
      }
    },
  };

  function take(event: StreamEvent): void {
    cursor = event.cursor;
    if (event.stream === streams.deployment && event.version > (entries.at(-1)?.version ?? 0)) entries.push(event);
  }

  /** Whether this version knows the event. */
  function fold(entry: AuditEntry): boolean {
    if (!isEventType(entry.type)) return false;
    const event = upcast(recorded(entry));
    row = deploymentSummary.evolve(row, event, id) ?? undefined;
    progress = progressOf([entry], progress);
    history.push(event);
    return true;
  }

  function snapshot(ticks: readonly StreamEvent[]): Snapshot | undefined {
    if (row === undefined) return undefined;
    const summary = publicSummary(row);
    const latest = ticks.map((event) => upcast(recorded(event)));
    if (latest.length > 0 || isWatched(summary)) metrics = withEarlier(metrics, measurements(latest, history).metrics);
    return {
      summary,
      entries: [...entries],
      progress,
      metrics: isWatched(summary) ? metrics : [],
      why: wentWrong(summary) ? why(history) : null,
    };
  }
}

function recorded({ eventId, causationId, correlationId, ...event }: StreamEvent): RecordedEvent {
  const { stream, version, type, data, time, actor, hash, cursor } = event;
  return {
    id: eventId,
    stream,
    version,
    type,
    data,
    time,
    actor,
    causation: causationId,
    correlation: correlationId,
    hash,
    cursor,
  };
}

/** The latest samples behind the earlier ones, which may end with the first of them, and limits and breaches as they are now. */
function withEarlier(earlier: readonly MetricSeries[], latest: readonly MetricSeries[]): readonly MetricSeries[] {
  const unread = earlier.filter((each) => !latest.some((series) => isSame(each, series)));
  const read = latest.map((series) => {
    const before = earlier.find((each) => isSame(each, series))?.samples ?? [];
    const last = before.at(-1)?.time ?? '';
    return { ...series, samples: [...before, ...series.samples.filter(({ time }) => time > last)] };
  });
  return [...read, ...unread];
}

const isSame = (one: MetricSeries, other: MetricSeries): boolean =>
  one.metric === other.metric && one.quantile === other.quantile && one.windowMs === other.windowMs;
