import {
  deploymentStream,
  measurementsStream,
  type MeasurementRange,
  type MeasurementsTaken,
  type Reading,
  type RecordedSample,
  type Sample,
} from '@backstay/deployment';
import { emptyHead, seal, type Head } from '@backstay/event-sourcing';
import { childOf, type Platform } from '@backstay/service-kit';

type Ports = Pick<Platform, 'store' | 'ids' | 'digest'>;

/** The stream of one deployment's readings: one event a tick, sealed into its own hash chain. */
export class Measurements {
  readonly stream: string;
  readonly #ports: Ports;
  readonly #id: string;
  readonly #times: string[] = [];
  #head: Head = emptyHead;
  #trace: string | undefined;

  constructor(ports: Ports, id: string) {
    this.#ports = ports;
    this.#id = id;
    this.stream = measurementsStream(id);
  }

  /** The readings that were recorded since this was last asked. */
  async newer(): Promise<readonly Reading[]> {
    const events = await this.#ports.store.read<MeasurementsTaken>(this.stream, { from: this.#head.version + 1 });
    const last = events.at(-1);
    if (last !== undefined) this.#head = { version: last.version, hash: last.hash };
    this.#times.push(...events.map(({ data }) => data.at));
    return events.map(({ data }) => ({ time: data.at, samples: data.samples.map(sampleOf) }));
  }

  /** @throws {VersionConflict} when another watcher recorded in between */
  async append({ time, samples }: Reading): Promise<void> {
    const { store, ids, digest } = this.#ports;
    const metadata = {
      commandId: ids(),
      time,
      actor: { kind: 'service', name: 'monitoring' },
      correlation: this.#id,
      causation: null,
      traceparent: childOf(await this.#traceOfRequest()),
    } as const;
    const taken: MeasurementsTaken = {
      type: 'MeasurementsTaken',
      data: { at: time, samples: samples.map(recordedOf) },
    };
    const events = seal(this.stream, this.#head, [taken], metadata, ids, digest);
    await store.append({
      stream: this.stream,
      expectedVersion: this.#head.version,
      commandId: metadata.commandId,
      events,
    });
    this.#head = events.map(({ version, hash }) => ({ version, hash }))[0] ?? this.#head;
    this.#times.push(time);
  }

  async #traceOfRequest(): Promise<string | undefined> {
    this.#trace ??= (await this.#ports.store.read(deploymentStream(this.#id), { to: 1 }))[0]?.traceparent;
    return this.#trace;
  }

  /** What was recorded from this moment on; null when nothing was. */
  since(time: string): MeasurementRange | null {
    const first = this.#times.findIndex((each) => each >= time);
    return first < 0 ? null : { stream: this.stream, from: first + 1, to: this.#head.version, hash: this.#head.hash };
  }
}

export function recordedOf({ verdict, ...sample }: Sample): RecordedSample {
  return { ...sample, verdict: verdict ?? 'pass' };
}

function sampleOf({ verdict, ...sample }: RecordedSample): Sample {
  return verdict === 'pass' ? sample : { ...sample, verdict };
}

/** JSON holds no NaN and no Infinity: a value that is neither measured nor missing is written as missing, with the same words. */
export function recordable(reading: Reading): Reading {
  const samples = reading.samples.map((sample): Sample => {
    if (sample.value === null || Number.isFinite(sample.value)) return sample;
    return { ...sample, value: null, verdict: 'no-data', reason: `${sample.value} is no measurement` };
  });
  return { ...reading, samples };
}
