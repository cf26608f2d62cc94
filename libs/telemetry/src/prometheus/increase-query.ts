/** How long a series may have been left out, and is still the same one. */
const lookbackS = 300;

/**
 * How much counters grew within a window, by some of their labels. `increase()` of Prometheus counts from the first value that
 * it sees, and loses the errors before it. Here a series that a scrape of the window missed counts from the last value that the
 * same process showed before, or from zero, without extrapolation: as where the service itself is scraped.
 *
 * @param series with its selector
 */
export function increaseQuery(labels: readonly string[], series: string, windowMs: number): string {
  const within = `[${windowMs}ms]`;
  const before = `offset ${windowMs}ms`;
  const began = `process_start_time_seconds > time() - ${windowMs / 1_000}`;
  // In every successful scrape; where nothing is known of scrapes, at the beginning of the window at least. A process that began within
  // the window counts from zero in any case.
  const inFullWindow =
    `((count_over_time(${series}${within}) >= on (job, instance) group_left () sum_over_time(up${within}))` +
    ` or (${series} ${before} unless on (job, instance) up)) unless on (job, instance) (${began})`;
  // A counter that fell within the window is counted from zero by `increase` itself.
  const first = `(min_over_time(${series}${within}) unless (resets(${series}${within}) > 0) unless (${inFullWindow}))`;
  // Only what the same process showed before can be taken from that: of a younger one nobody knows.
  const older = `process_start_time_seconds < time() - ${windowMs / 1_000 + lookbackS}`;
  const earlier = `(last_over_time(${series}[${lookbackS}s] ${before}) and on (job, instance) (${older}))`;
  const since = `(${first} - ${earlier} >= 0 or ${first})`;
  const exact = `last_over_time(${series}${within}) - ${first} + ${since}`;
  return `sum by (${labels.join(', ')}) ((${exact}) or increase(${series}${within}))`;
}
