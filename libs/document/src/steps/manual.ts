import { z } from 'zod';
import { dutySchema } from '../plan/values.ts';
import { writeDuty } from '../printing/write-values.ts';
import { readDuty } from '../values/evidence.ts';
import { stepKind } from './kind.ts';

const schema = z.object({ kind: z.literal('manual'), duty: dutySchema });

export type Manual = z.infer<typeof schema>;

const manualTimeoutMs = 24 * 60 * 60_000;

/** A person, who confirms it. */
export const manual = stepKind<Manual>({
  schema,
  fields: { duty: 'language' },
  label: {
    name: 'Manual',
    read({ span }, _head, reading) {
      const duty = readDuty(span, reading);
      return duty && { kind: 'manual', duty };
    },
  },
  mutates: false,
  reachesDatabases: true,
  timeoutMs: () => manualTimeoutMs,
  occupiesSlot: false,
  duty: ({ duty }) => duty,
  brings: ['replies'],
  refuses: ({ retry, effect }) =>
    retry || effect !== 'idempotent' ? ['what a person says has neither retry nor an effect but idempotent'] : [],
  print: ({ duty }) => [`- Manual: ${writeDuty(duty)}`],
  describe: ({ duty }) => `wait for ${duty.duty} (${duty.verb})`,
});
