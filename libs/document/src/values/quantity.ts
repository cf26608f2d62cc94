import type { Unit } from '../plan/monitoring.ts';

export interface Quantity {
  readonly value: number;
  /** `none`: a plain number. */
  readonly unit: Unit | 'none';
}

const times: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, second: 1_000, minute: 60_000 };
const sizes: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const rates = /^(?:\/s|\/ s|per second|req\/s|rps|requests per second|\/second|\/sec)$/;

/** Reads `5%`, `2s`, `500 ms`, `512MiB`, `100/s` or a plain number; normalised to ratio, milliseconds, bytes. */
export function parseQuantity(text: string): Quantity | undefined {
  const found = /^(\d{1,15}(?:\.\d{1,9})?)\s*([%A-Za-z/ ]{0,24})$/.exec(text.trim());
  if (!found) return undefined;
  const number = Number(found[1]);
  const unit = found[2]!.trim().toLowerCase();
  if (unit === '') return { value: number, unit: 'none' };
  if (unit === '%' || unit === 'percent') return { value: rounded(number / 100), unit: 'ratio' };
  const time = times[unit] ?? times[unit.replace(/s$/, '')];
  if (time !== undefined && unit !== '') return { value: rounded(number * time), unit: 'ms' };
  if (sizes[unit] !== undefined) return { value: Math.round(number * sizes[unit]), unit: 'bytes' };
  return rates.test(unit) ? { value: number, unit: 'per-second' } : undefined;
}

/** 0.07, not 0.07000000000000001: the digits that the author wrote. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
