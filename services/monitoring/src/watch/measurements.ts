import {
  measurementsStream,
  type MeasurementRange,
  type Reading,
  type RecordedSample,
  type Sample,
} from '@backstay/deployment';
import { emptyHead, type Head } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';

type Ports = Pick<Platform, 'deployments' | 'measurements'>;

/** The readings of one deployment's watch: one event a tick, in a stream of their own. */
export class Measurements {
  readonly stream: string;
  readonly #ports: Ports;
  readonly #id: string;
  readonly #times: string[] = [];
  #head: Head = emptyHead;

  constructor(ports: Ports, id: string) {
    this.#ports = ports;
    this.#id = id;
    this.stream = measurementsStream(id);
  }

  /** The readings that were recorded since this was last asked. @throws {UnknownEvent}: nobody judges on what they do not understand. */
  async newer(): Promise<readonly Reading[]> {
    const events = await this.#ports.measurements.events(this.#id, this.#head.version + 1);
    const last = events.at(-1);
    if (last !== undefined) this.#head = { version: last.version, hash: last.hash };
    this.#times.push(...events.map(({ data }) => data.at));
    return events.map(({ data: { at, samples, checks, traffic } }) => ({
      time: at,
      samples: samples.map(sampleOf),
      ...(checks !== undefined && { checks }),
      ...(traffic !== undefined && { traffic }),
    }));
  }

  /** @throws {Rejection} `measured-meanwhile` when another watcher recorded in between */
  async append({ time, samples, checks, traffic }: Reading): Promise<void> {
    const { deployments, measurements } = this.#ports;
    const { traceparent } = await deployments.loadAtLeast(this.#id, 1);
    const { folded } = await measurements.handle(
      this.#id,
      {
        type: 'TakeMeasurements',
        after: this.#head.version,
        at: time,
        samples: samples.map(recordedOf),
        ...(checks !== undefined && { checks }),
        ...(traffic !== undefined && { traffic }),
      },
      { actor: { kind: 'service', name: 'monitoring' }, time, ...(traceparent !== undefined && { traceparent }) },
    );
    this.#head = folded.head;
    this.#times.push(time);
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
    return { ...sample, value: null, verdict: 'no-data', reason: `${sample.value} is not a measurement` };
  });
  return { ...reading, samples };
}
