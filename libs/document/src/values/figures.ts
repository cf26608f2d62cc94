import type { Unit } from '../plan/monitoring.ts';

/** How many digits of a figure that is not whole are shown. */
const digits = 3;
const smallest = 1e-9;

/**
 * Three significant digits, no fewer than all before the point; without an exponent or trailing zeros. Whole numbers as they are;
 * less than a billionth is 0.
 */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) < smallest) return '0';
  const rounded = Math.abs(value) >= 10 ** (digits - 1) ? Math.round(value) : Number(value.toPrecision(digits));
  return Number.isInteger(rounded) ? BigInt(rounded).toString() : decimals(rounded);
}

/** `Number.prototype.toFixed` and `String` write small numbers with an exponent, or cut them. */
function decimals(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const places = Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
  return value.toFixed(places);
}

/** 0.098 -> `9.8 %` */
export const percent = (share: number): string => `${figure(share * 100)} %`;

/** 0.95 -> `p95`, 0.9995 -> `p99.95` */
export const quantileName = (quantile: number): string => `p${Number((quantile * 100).toPrecision(8))}`;

const times: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** 1500 -> `1.5 s`, 90000 -> `90 s`, 120000 -> `2 min` */
export function duration(ms: number): string {
  const [size, name] =
    times.find(([step]) => ms >= step && ms % step === 0) ?? (ms >= 1_000 ? [1_000, 's'] : [1, 'ms']);
  return `${figure(ms / size)} ${name}`;
}

const sizes: readonly [number, string][] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];

function bytes(value: number): string {
  const [size, name] = sizes.find(([step]) => Math.abs(value) >= step) ?? [1, 'B'];
  return `${figure(value / size)} ${name}`;
}

/**
 * A measured value, a limit or a size in its unit, as people read it: the one way in which figures are written for them. Without a unit,
 * or with one that a later version brought, the bare figure.
 */
export function quantity(value: number, unit: Unit | (string & {}) | undefined): string {
  if (unit === 'ratio') return percent(value);
  if (unit === 'ms') return duration(value);
  if (unit === 'bytes') return bytes(value);
  return unit === 'per-second' ? `${figure(value)}/s` : figure(value);
}

/** "1 test", "2 tests" */
export const counted = (count: number, noun: string): string => `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
