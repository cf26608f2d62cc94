import { z } from 'zod';
import { bare } from '../printing/write-values.ts';
import { readChannel } from '../values/destinations.ts';
import { stepKind } from './kind.ts';
import { isPhrase, type Phrase } from './phrase.ts';

const schema = z.object({
  kind: z.literal('notify'),
  channel: z.string(),
  about: z.enum(['window', 'rollback', 'step']),
});

export type Notify = z.infer<typeof schema>;

const windowPhrase: Phrase<Notify> = {
  text: 'Notify team of deployment window',
  pattern: /^notify team (?:of|about) deployment window$/,
  in: ['procedure'],
  mean: () => ({ action: { kind: 'notify', channel: 'team', about: 'window' }, origin: 'profile' }),
};

/** A notification whose delivery is recorded. */
export const notify = stepKind<Notify, 'notify-window' | 'notify-rollback'>({
  schema,
  fields: { channel: 'effect-handler', about: 'language' },
  label: {
    name: 'Notify',
    read({ span }, { stage, title }, reading) {
      const channel = readChannel(span, reading);
      if (channel === undefined) return undefined;
      // A known phrase keeps what its notice is about, whichever channel a label names.
      if (isPhrase(title.text, windowPhrase)) return { kind: 'notify', channel, about: 'window' };
      return { kind: 'notify', channel, about: stage === 'rollback' ? 'rollback' : 'step' };
    },
  },
  phrases: {
    'notify-window': windowPhrase,
    'notify-rollback': {
      text: 'Notify team of rollback',
      pattern: /^notify team (?:of|about) rollback$/,
      in: ['rollback'],
      mean: () => ({ action: { kind: 'notify', channel: 'team', about: 'rollback' }, origin: 'profile' }),
    },
  },
  mutates: false,
  serving: () => 'untouched',
  effect: () => 'keyed',
  occupiesSlot: false,
  endsRollback: false,
  channel: ({ channel }) => channel,
  procedure: ({ kind, about }) => ({ kind, about }),
  print: ({ channel }) => [`- Notify: ${bare(channel)}`],
  describe: ({ channel }, { channels }) => `notify ${channel} (${channels[channel] ?? 'no destination'})`,
});
