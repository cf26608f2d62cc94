import type { GaugeName } from './names.ts';

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

/** What a source must be able to tell; everything else is computed here, in one way for all sources. */
export interface Telemetry {
  has(name: string): boolean;
  increase(name: string, by: 'status' | 'le' | 'instance', windowMs: number): Promise<Increase>;
  level(gauge: GaugeName, over: 'sum' | 'max', windowMs: number): Promise<Level>;
  /** 1 while the alert of this name fires, else 0. */
  alert(name: string): Promise<Level>;
  evaluate(query: string, windowMs: number): Promise<Level>;
}
