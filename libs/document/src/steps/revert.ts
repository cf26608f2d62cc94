import { z } from 'zod';
import { inRollback, stepKind } from './kind.ts';
import type { AnyAction } from './seen.ts';

const partSchema = z.enum(['stop-new', 'previous-version', 'restart']);
export type RevertPart = z.infer<typeof partSchema>;

/** `version`: the one that the document names as the previous. */
const schema = z.object({ kind: z.literal('revert'), part: partSchema, version: z.string().optional() });

export type Revert = z.infer<typeof schema>;

export function isRestart(action: AnyAction): boolean {
  return action.kind === 'revert' && (action as Revert).part === 'restart';
}

const texts: Readonly<Record<RevertPart, string>> = {
  'stop-new': 'the new release takes nothing in',
  'previous-version': 'undo of every completed step, the last first',
  restart: 'switch back, restart, wait until it is ready',
};

/** Known only in rollback steps: stop the new release's intake, undo the recorded steps, switch back. */
export const revert = stepKind<Revert, 'stop-new' | 'previous-version' | 'restart-previous'>({
  schema,
  fields: { part: 'effect-handler', version: 'people' },
  phrases: {
    'stop-new': {
      text: 'Stop new deployment',
      pattern: /^stop new deployment$/,
      in: ['rollback'],
      mean: () => ({ action: { kind: 'revert', part: 'stop-new' }, origin: 'default' }),
    },
    'previous-version': {
      text: 'Revert to previous version',
      pattern: /^revert to previous version(?: ([^\s(]\S*))?(?: \([^()]*\))?$/,
      in: ['rollback'],
      mean({ meaning: { argument: version } }) {
        const action: Revert = { kind: 'revert', part: 'previous-version', ...(version !== undefined && { version }) };
        return { action, origin: 'default' };
      },
    },
    'restart-previous': {
      text: 'Restart services',
      pattern: /^restart services?$/,
      in: ['rollback'],
      mean: () => ({ action: { kind: 'revert', part: 'restart' }, origin: 'default' }),
    },
  },
  isPerformedIn: inRollback,
  standsForUndo: ({ part }) => part === 'previous-version',
  procedure: ({ kind, part }) => ({ kind, part }),
  describe: ({ part, version }) => `${texts[part]}${version === undefined ? '' : ` (${version})`}`,
});
