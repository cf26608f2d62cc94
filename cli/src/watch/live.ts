import type { MetricSeries, StreamEvent } from '@backstay/api-contract';
import type { RecordedEvent } from '@backstay/event-sourcing';
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
  const { measurements, summaryOf, why } = await import('@backstay/projections');
  const { id } = fetched.summary;
  const streams = { deployment: deploymentStream(id), measurements: measurementsStream(id) };
  const entries = [...fetched.entries];
  const ticks: RecordedEvent[] = [];
  let cursor = entries.at(-1)?.cursor;
  return {
    get cursor() {
      return cursor;
    },
    after(events) {
      for (const event of events) take(event);
      try {
        return entries.every(({ type }) => isEventType(type)) ? snapshot() : undefined;
      } catch {
        return undefined;
      }
    },
  };

  function take(event: StreamEvent): void {
    cursor = event.cursor;
    if (event.stream === streams.measurements) ticks.push(upcast(recorded(event)));
    if (event.stream === streams.deployment && event.version > (entries.at(-1)?.version ?? 0)) entries.push(event);
  }

  function snapshot(): Snapshot | undefined {
    const history = entries.map((entry) => upcast(recorded(entry)));
    const summary = summaryOf(history);
    if (summary === null) return undefined;
    return {
      summary,
      entries: [...entries],
      progress: progressOf(entries),
      metrics: isWatched(summary) ? withEarlier(fetched.metrics, measurements(ticks, history).metrics) : [],
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

/** The samples that were fetched stand before those of the stream, which may begin with the last of them once more. */
function withEarlier(fetched: readonly MetricSeries[], live: readonly MetricSeries[]): readonly MetricSeries[] {
  return live.map((series) => {
    const earlier = fetched.find((each) => isSame(each, series))?.samples ?? [];
    const last = earlier.at(-1)?.time ?? '';
    return { ...series, samples: [...earlier, ...series.samples.filter(({ time }) => time > last)] };
  });
}

const isSame = (one: MetricSeries, other: MetricSeries): boolean =>
  one.metric === other.metric && one.quantile === other.quantile && one.windowMs === other.windowMs;
