const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitMs: Record<string, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** Nothing is written or awaited longer. */
export const longestMs = 366 * 86_400_000;

/** Milliseconds of `1h30m`, `500 ms`, `2 minutes`; nothing for anything else, or for more than a year. */
export function parseDuration(text: string): number | undefined {
  const total = compact(text) ?? spaced(text);
  return total !== undefined && total <= longestMs ? total : undefined;
}

function compact(text: string): number | undefined {
  if (!/^(?:\d{1,12}(?:ms|s|m|h|d))+$/.test(text) || text.length > 60) return undefined;
  return [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit!]!,
    0,
  );
}

function spaced(text: string): number | undefined {
  const found = /^(\d{1,12})\s+(?:(ms|s)|(second|minute|hour|day)s?)$/i.exec(text);
  if (!found) return undefined;
  const [, count, unit, word] = found;
  return Number(count) * (unit ? units[unit.toLowerCase()]! : unitMs[word!.toLowerCase()]!);
}

/** The shortest way to write a duration that this reader reads again. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(units).reverse()) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** The pattern of a duration inside of a longer form. */
export const durationPattern = String.raw`\d+[A-Za-z\d]*(?:\s+[A-Za-z]+)?`;
