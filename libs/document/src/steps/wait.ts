import { z } from 'zod';
import { formatDuration, longestMs } from '../values/duration.ts';
import { stepKind, usualTimeoutMs } from './kind.ts';

const schema = z.object({ kind: z.literal('wait'), ms: z.number() });

export type Wait = z.infer<typeof schema>;

const marginMs = 60_000;

/** A recorded pause. */
export const wait = stepKind<Wait>({
  schema,
  fields: { ms: 'language' },
  label: {
    name: 'Wait',
    read({ span }, _head, reading) {
      const ms = reading.duration(span);
      return ms === undefined ? undefined : { kind: 'wait', ms };
    },
  },
  mutates: false,
  serving: () => 'untouched',
  timeoutMs: ({ ms }) => Math.min(longestMs, Math.max(usualTimeoutMs, ms + marginMs)),
  occupiesSlot: false,
  pauseMs: ({ ms }) => ms,
  brings: ['replies'],
  print: ({ ms }) => [`- Wait: ${formatDuration(ms)}`],
  describe: ({ ms }, _plan, duration) => `wait ${duration(ms)}`,
});
