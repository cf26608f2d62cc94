import type { Hold } from './summary.ts';

/** The commands by which a person ends the wait. @param lines those under *Blocked By* that nobody has confirmed yet */
export function endsOf(id: string, { code, step }: Hold, lines: readonly number[]): readonly string[] {
  switch (code) {
    case 'manual':
      return [`backstay confirm ${id} ${step} --reason …`];
    case 'ask':
    case 'unknown-outcome':
    case 'no-data':
      return [`backstay resolve ${id} ${step} --outcome completed|failed|retry --reason …`];
    case 'blocked-by':
      return lines.map((line) => `backstay confirm ${id} ${line} --reason …`);
    case 'environment-held':
    case 'outside-window':
      return [];
  }
}
