import type { Unit } from '@backstay/document';

/** Three significant digits, without an exponent or trailing zeros; whole numbers as they are. */
export function trimmed(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(0);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 9)).replace(/\.?0+$/, '');
}

const steps: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** 1500 -> "1.5 s", 90000 -> "90 s", 120000 -> "2 min" */
export function duration(ms: number): string {
  const [size, name] =
    steps.find(([step]) => ms >= step && ms % step === 0) ?? (ms >= 1_000 ? [1_000, 's'] : [1, 'ms']);
  return `${trimmed(ms / size)} ${name}`;
}

function bytes(value: number): string {
  const size = [1024 ** 3, 1024 ** 2, 1024].find((step) => Math.abs(value) >= step) ?? 1;
  return `${trimmed(value / size)} ${{ [1024 ** 3]: 'GiB', [1024 ** 2]: 'MiB', 1024: 'KiB' }[size] ?? 'B'}`;
}

export function quantity(value: number, unit: Unit): string {
  if (unit === 'ratio') return `${trimmed(value * 100)} %`;
  if (unit === 'ms') return duration(value);
  if (unit === 'bytes') return bytes(value);
  return unit === 'per-second' ? `${trimmed(value)}/s` : trimmed(value);
}
