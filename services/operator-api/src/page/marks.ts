import type { DeploymentSummary } from '@backstay/projections';
import { markup, type Html } from './html.ts';

type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'back' | 'quiet';

const glyphs: Readonly<Record<Tone, string>> = { good: '✔', bad: '✖', busy: '◌', waiting: '॥', back: '↩', quiet: '·' };

const tones: Readonly<Record<string, Tone>> = {
  succeeded: 'good',
  'rolled-back-verified': 'back',
  'rolled-back-unverified': 'bad',
  'rollback-failed': 'bad',
  failed: 'bad',
  halted: 'bad',
  rejected: 'bad',
  abandoned: 'bad',
  unknown: 'bad',
  interrupted: 'bad',
  unmet: 'bad',
  breached: 'bad',
  pulled: 'bad',
  error: 'bad',
  fail: 'bad',
  'not verified': 'bad',
  'no-data': 'waiting',
  'too-few': 'waiting',
  withheld: 'waiting',
  'audit not intact': 'bad',
  warning: 'waiting',
  overridden: 'waiting',
  pending: 'waiting',
  armed: 'waiting',
  watched: 'busy',
  'not known': 'bad',
  held: 'waiting',
  waiting: 'waiting',
  retrying: 'waiting',
  planning: 'busy',
  executing: 'busy',
  verifying: 'busy',
  monitoring: 'busy',
  'rolling-back': 'busy',
  running: 'busy',
  met: 'good',
  kept: 'good',
  passed: 'good',
  'audit intact': 'good',
};

/** A status as a sign with its word: nobody has to distinguish colours. */
export function mark(status: string): Html {
  const tone = tones[status] ?? 'quiet';
  return markup`<span class="mark ${tone}"><span aria-hidden="true">${glyphs[tone]}</span> ${status}</span>`;
}

/** A moment, exact and readable by machines. */
export const timestamp = (time: string): Html =>
  markup`<time datetime="${time}">${time.replace('T', ' ').replace(/\.\d+Z$/, 'Z')}</time>`;

/** `1.1.0 → 1.2.0`; what takes the first release back goes to nothing. */
export function versions({ kind, previousVersion, version }: DeploymentSummary): string {
  const to = version ?? (kind === 'rollback' && previousVersion !== null ? 'nothing' : '?');
  return previousVersion === null ? to : `${previousVersion} → ${to}`;
}
