import type { Colors } from '../context.ts';
import type { StepState } from './progress.ts';

type Paint = (colors: Colors, text: string) => string;

const green: Paint = (colors, text) => colors.green(text);
const red: Paint = (colors, text) => colors.red(text);
const yellow: Paint = (colors, text) => colors.yellow(text);
const cyan: Paint = (colors, text) => colors.cyan(text);
const dim: Paint = (colors, text) => colors.dim(text);

/** Never a colour alone: each state has its sign and its word. */
const looks: Readonly<Record<string, { sign: string; words: string; paint: Paint }>> = {
  planning: { sign: '●', words: 'planning', paint: cyan },
  held: { sign: '‖', words: 'held', paint: yellow },
  executing: { sign: '●', words: 'executing', paint: cyan },
  verifying: { sign: '●', words: 'verifying', paint: cyan },
  monitoring: { sign: '●', words: 'monitoring', paint: cyan },
  'rolling-back': { sign: '↶', words: 'rolling back', paint: yellow },
  succeeded: { sign: '✔', words: 'succeeded', paint: green },
  failed: { sign: '✖', words: 'failed, nothing was changed', paint: red },
  'rolled-back-verified': { sign: '↶', words: 'rolled back, verified', paint: yellow },
  'rolled-back-unverified': { sign: '✖', words: 'rolled back, but not verified', paint: red },
  'rollback-failed': { sign: '✖', words: 'rollback failed', paint: red },
  halted: { sign: '✖', words: 'halted', paint: red },
  cancelled: { sign: '✖', words: 'cancelled', paint: red },
  superseded: { sign: '✖', words: 'superseded', paint: yellow },
  rejected: { sign: '✖', words: 'rejected', paint: red },
  abandoned: { sign: '✖', words: 'abandoned', paint: red },
};

export function statusText(colors: Colors, status: string): string {
  const { sign, words, paint } = looks[status] ?? { sign: '?', words: status, paint: dim };
  return paint(colors, `${sign} ${words}`);
}

const stepLooks: Readonly<Record<StepState, { sign: string; paint: Paint }>> = {
  waiting: { sign: '·', paint: dim },
  running: { sign: '◌', paint: cyan },
  retrying: { sign: '↻', paint: yellow },
  done: { sign: '✔', paint: green },
  failed: { sign: '✖', paint: red },
  interrupted: { sign: '✖', paint: yellow },
  unknown: { sign: '?', paint: yellow },
  skipped: { sign: '-', paint: dim },
};

export const stepSign = (colors: Colors, state: StepState): string =>
  stepLooks[state].paint(colors, stepLooks[state].sign);

const verdictLooks: Readonly<Record<string, { sign: string; paint: Paint }>> = {
  ...looking('✔', green, 'met', 'succeeded', 'passed', 'kept'),
  ...looking('✖', red, 'unmet', 'failed', 'breached', 'pulled', 'error', 'fail', 'not-reached'),
  ...looking('◌', cyan, 'waiting', 'running', 'pending', 'armed', 'watched'),
  ...looking('?', yellow, 'unknown', 'interrupted', 'overridden', 'withheld', 'warning', 'retrying'),
  ...looking('·', dim, 'fine'),
  ...looking('-', dim, 'not-pulled', 'not-needed', 'skipped'),
};

function looking(sign: string, paint: Paint, ...verdicts: string[]): Record<string, { sign: string; paint: Paint }> {
  return Object.fromEntries(verdicts.map((verdict) => [verdict, { sign, paint }]));
}

export function verdictText(colors: Colors, verdict: string): string {
  const { sign, paint } = verdictLooks[verdict] ?? { sign: '?', paint: dim };
  return paint(colors, `${sign} ${verdict.padEnd(7)}`);
}
