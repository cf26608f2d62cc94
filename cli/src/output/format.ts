import stringWidth from 'string-width';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** `143ms`, `2.1s`, `5s`, `3m12s`, `1h04m` */
export function duration(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10 * second) return `${Math.floor(ms / 100) / 10}s`;
  if (ms < minute) return `${Math.floor(ms / second)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m${two(Math.floor((ms % minute) / second))}s`;
  return `${Math.floor(ms / hour)}h${two(Math.floor((ms % hour) / minute))}m`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Milliseconds between two RFC 3339 times. */
export const between = (from: string, until: string): number => Date.parse(until) - Date.parse(from);

/** `12:04:31` in the local time zone. */
export function clock(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? time : [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** `2026-03-01 12:04:31` in the local time zone. */
export function dateTime(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(time)}`;
}

/** `5 minutes ago` */
export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  return Number.isNaN(ms) ? time : `${duration(ms)} ago`;
}

const bars = '▁▂▃▄▅▆▇█';

/** One bar for each value, the highest at `top` or above; a gap where there was no value. */
export function sparkline(values: readonly (number | null)[], top: number): string {
  return values.map((value) => (value === null ? ' ' : bar(value / top))).join('');
}

const bar = (share: number) => bars[Math.min(bars.length - 1, Math.max(0, Math.round(share * (bars.length - 1)) || 0))];

/** Columns as wide as their widest cell, two spaces between, nothing behind the last. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - stringWidth(text)));
