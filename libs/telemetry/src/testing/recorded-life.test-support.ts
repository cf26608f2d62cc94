import { numbersFrom } from '@backstay/event-sourcing/testing';

/** Seconds. A series that begins and falls within one window is counted by Prometheus from its fall alone. */
const longestWindow = 7;
const bounds = ['0.1', '0.5', '1', '+Inf'];

/**
 * What a service publishes in each second of its life: bursts, a restart in which all counters begin anew, series that appear late, labels
 * that are rare, and series that are left out of a scrape.
 */
export function recordedLife(seed: number, seconds: number): readonly string[] {
  const random = numbersFrom(seed + 1);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const restartAt = between(16, seconds - 8);
  const counters = new Map<string, number>();
  let startedAt = 1_000;
  const grow = (series: string, by: number) => counters.set(series, (counters.get(series) ?? 0) + by);
  // More than what a restarted process reaches: Prometheus knows a restart by counters that fell.
  const aboveRestart = 1_000;
  for (const status of ['200', '404']) grow(requests(status), between(50_000, 90_000));
  for (const le of bounds) grow(bucket(le), 400_000);

  return Array.from({ length: seconds }, (_, second) => {
    if (second === restartAt) {
      counters.clear();
      startedAt += 100;
    }
    const served = random() < 0.15 ? between(500, 2_000) : between(5, 40);
    grow(requests('200'), served);
    if (random() < 0.3) grow(requests('404'), between(1, 5));
    const mayBegin = (series: string) =>
      counters.has(series) || second < restartAt - longestWindow || second >= restartAt;
    const fail = (status: string, by: number) => {
      if (!mayBegin(requests(status))) return;
      grow(requests(status), by + (counters.has(requests(status)) || second >= restartAt ? 0 : aboveRestart));
    };
    if (second > 7 && random() < 0.4) fail('500', between(1, 60));
    if (second > 9 && random() < 0.1) fail('503', between(1, 20));
    const slow = random() < 0.2 ? between(0, served) : 0;
    for (const le of bounds) grow(bucket(le), le === '0.1' || le === '0.5' ? served - slow : served);
    const left = random() < 0.2 ? [...counters.keys()].find((series) => series.includes('50')) : undefined;
    const lines = [...counters].filter(([series]) => series !== left).map(([series, value]) => `${series} ${value}`);
    return `${[...lines, `process_start_time_seconds ${startedAt}`].join('\n')}\n`;
  });
}

const requests = (status: string): string => `http_requests_total{method="GET",status="${status}"}`;
const bucket = (le: string): string => `http_request_duration_seconds_bucket{le="${le}"}`;
