const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const days = `${day}(?:-${day})?`;
const time = String.raw`(?:[01]\d|2[0-4]):[0-5]\d`;
const windowPattern = new RegExp(`^(${days}(?:,\\s?${days})*)\\s+(${time})-(${time})\\s+(\\S+)$`, 'i');

/** Minutes count from midnight; a window that ends before it begins goes on into the next day. */
interface Window {
  readonly days: ReadonlySet<number>;
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** Whether a text says days, times and a time zone: `Mon-Thu 09:00-16:00 Europe/Berlin`. */
export function isWindow(text: string): boolean {
  return readWindow(text) !== undefined;
}

/** Whether a deployment may begin at a time, RFC 3339: within one of the windows, or always where there is none. */
export function isWithinWindows(windows: readonly string[], at: string): boolean {
  return windows.length === 0 || windows.some((text) => isOpen(readWindow(text), at));
}

const minuteMs = 60_000;
const weekMinutes = 7 * 24 * 60;

/** When a deployment may begin next, ISO 8601; null where it may now, or where no window says when. */
export function nextOpening(windows: readonly string[], at: string): string | null {
  if (isWithinWindows(windows, at)) return null;
  const now = Math.floor(Date.parse(at) / minuteMs) * minuteMs;
  const openings = windows.flatMap((text) => openingOf(readWindow(text), now) ?? []);
  return openings.length === 0 ? null : new Date(Math.min(...openings)).toISOString();
}

/** Goes to the next beginning by the clock of the zone; where that clock was changed on the way, from there once more. */
function openingOf(window: Window | undefined, now: number): number | undefined {
  if (!window) return undefined;
  const isOpenAt = (time: number): boolean => isOpen(window, new Date(time).toISOString());
  let time = now;
  for (let tries = 0; tries < 10 && !isOpenAt(time); tries++) time += untilBeginning(window, time) * minuteMs;
  if (!isOpenAt(time)) return undefined;
  // A beginning that the clock jumped over is where it landed.
  while (time - minuteMs > now && isOpenAt(time - minuteMs)) time -= minuteMs;
  return time;
}

function untilBeginning({ days, from: begin, zone }: Window, time: number): number {
  const { weekday, minute } = localTime(new Date(time).toISOString(), zone);
  const here = weekday * 24 * 60 + minute;
  const waits = [...days].map((day) => (day * 24 * 60 + begin - here + weekMinutes) % weekMinutes);
  return Math.min(...waits.map((wait) => (wait === 0 ? weekMinutes : wait)));
}

function readWindow(text: string): Window | undefined {
  const found = windowPattern.exec(text);
  if (!found || found[2] === found[3] || found[2]! >= '24:00' || found[3]! > '24:00') return undefined;
  const zone = found[4]!;
  return isTimeZone(zone)
    ? { days: daysOf(found[1]!), from: minutesOf(found[2]!), to: minutesOf(found[3]!), zone }
    : undefined;
}

function isOpen(window: Window | undefined, at: string): boolean {
  if (!window) return false;
  const { weekday, minute } = localTime(at, window.zone);
  const isDay = window.days.has(weekday);
  if (window.from < window.to) return isDay && minute >= window.from && minute < window.to;
  return (isDay && minute >= window.from) || (window.days.has((weekday + 6) % 7) && minute < window.to);
}

function daysOf(text: string): Set<number> {
  const ranges = text.split(/,\s?/).map((range) => range.split('-').map((name) => names.indexOf(name.toLowerCase())));
  return new Set(ranges.flatMap(([first = 0, last = first]) => from(first, last)));
}

/** `Fri-Mon` goes over the end of the week. */
function from(first: number, last: number): number[] {
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return hours! * 60 + minutes!;
}

function localTime(at: string, timeZone: string): { weekday: number; minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return {
    weekday: names.indexOf(parts['weekday']!.slice(0, 3).toLowerCase()),
    minute: Number(parts['hour']) * 60 + Number(parts['minute']),
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
