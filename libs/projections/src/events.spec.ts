import { describe, expect, it } from 'vitest';
import { eventsAsOf } from './events.ts';
import * as given from './testing/index.ts';

describe('events as of', () => {
  const { events } = given.success();

  it('a version are those up to it', () => {
    expect(eventsAsOf(events, '7')).toEqual(events.slice(0, 7));
    expect(eventsAsOf(events, '0')).toEqual([]);
  });

  it('a moment are those that had happened, in any time zone', () => {
    const { time, version } = events[6]!;
    expect(eventsAsOf(events, time).at(-1)?.version).toBeGreaterThanOrEqual(version);
    expect(eventsAsOf(events, '2026-01-05T10:00:00.500+01:00')).toEqual(events.slice(0, 1));
  });

  it.each(['yesterday', '5 January 2026', '2026-01-05', '-1', ''])(
    'anything else, as "%s", are an error that says so',
    (asOf) => {
      expect(() => eventsAsOf(events, asOf)).toThrow(`neither a stream version nor an RFC 3339 time: ${asOf}`);
    },
  );
});
