import type { Measure } from '@backstay/deployment';
import type { Monitoring } from '@backstay/document';
import type { Fetch } from './reply.ts';
import type { GaugeName } from './names.ts';

/** What a service may use at most; null where nothing says it. */
export type Denominators = Monitoring['limits'];

export interface ReaderOptions {
  readonly fetch: Fetch;
  readonly monitoring: Pick<Monitoring, 'everyMs' | 'limits'>;
  /** What to read: `measuresOf(plan)`. */
  readonly measures: readonly Measure[];
  /** Chooses among several Prometheus jobs. */
  readonly service?: string;
  /** Completes the limits of `monitoring` at each tick, as a new process may have others; never rejects. */
  readonly limits?: () => Promise<Denominators>;
  /** For each request; 5 s by default. */
  readonly timeoutMs?: number;
}

/** How much a counter grew within a window. */
export interface Increase {
  /** By the value of the asked label; under `''` what does not carry it. */
  readonly groups: ReadonlyMap<string, number>;
  readonly spanMs: number;
  readonly query?: string;
  readonly raw?: string;
}

export interface Level {
  readonly value: number;
  readonly query?: string;
  readonly raw?: string;
}

/** What a source must be able to report; everything else is computed here, in one way for all sources. */
export interface Telemetry {
  has(name: string): boolean;
  increase(name: string, by: 'status' | 'le' | 'instance', windowMs: number): Promise<Increase>;
  level(gauge: GaugeName, over: 'sum' | 'max', windowMs: number): Promise<Level>;
  /** 1 while the alert of this name fires, else 0. */
  alert(name: string): Promise<Level>;
  evaluate(query: string, windowMs: number): Promise<Level>;
}

/** A source at one moment: what it reports from there on belongs to one tick. */
export interface Source {
  open(now: number): Promise<Telemetry>;
}
