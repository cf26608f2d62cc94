const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const days = `${day}(?:-${day})?`;
const time = String.raw`(?:[01]\d|2[0-4]):[0-5]\d`;
const windowPattern = new RegExp(`^${days}(?:,\\s?${days})*\\s+(${time})-(${time})\\s+(\\S+)$`, 'i');

/** Whether a text says days, times and a time zone: `Mon-Thu 09:00-16:00 Europe/Berlin`. */
export function isWindow(text: string): boolean {
  const found = windowPattern.exec(text);
  return (
    found !== null && found[1] !== found[2] && found[1]! < '24:00' && found[2]! <= '24:00' && isTimeZone(found[3]!)
  );
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
