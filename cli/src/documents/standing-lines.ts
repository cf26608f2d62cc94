import type { Blocker } from '@backstay/document';
import type { InTheWay, LeftToPreflight } from '@backstay/projections';
import type { Colors } from '../context.ts';

/** What stands against a plan now, and what nobody has looked at. Without a platform a blocker has no effect of its own. */
export interface Standing {
  readonly commit?: { readonly sha: string } | null;
  readonly blockers: readonly (Blocker & Partial<InTheWay>)[];
  readonly overridden?: readonly (Blocker & { readonly reason: string })[];
  readonly unknown?: readonly Blocker[];
  readonly preflight?: readonly LeftToPreflight[];
}

export function standingLines(colors: Colors, standing: Standing): string[] {
  const { commit, blockers, overridden = [], unknown = [], preflight = [] } = standing;
  return [
    ...(commit ? [`the exact commit is ${commit.sha}`] : []),
    ...blockers.map((each) => blockerLine(colors, each)),
    ...overridden.map(({ code, message, reason }) =>
      lineOf(colors.yellow('overridden'), colors, code, `${message}: ${reason}`),
    ),
    ...unknown.map(({ code, message }) => lineOf(colors.yellow('not known'), colors, code, message)),
    ...(blockers.length === 0 ? [nothing(colors, unknown.length)] : []),
    ...(preflight.length === 0 ? [] : ['Only the preflight can find out:']),
    ...preflight.map(({ phase, message }) => `  ${phase}: ${message}`),
  ];
}

const nothing = (colors: Colors, unknown: number): string =>
  `${colors.green('✔')} nothing that ${unknown === 0 ? 'is recorded' : 'was looked at'} blocks it now`;

function blockerLine(
  colors: Colors,
  { code, message, line, effect, overridable }: Standing['blockers'][number],
): string {
  const label = effect === 'held' ? colors.yellow('waits') : colors.red('blocked');
  const place = line === undefined ? '' : colors.dim(` (line ${line})`);
  const way = overridable ? `; the profile allows --override ${code}="REASON"` : '';
  return lineOf(label, colors, code, `${message}${place}${way}`);
}

const lineOf = (label: string, colors: Colors, code: string, message: string): string =>
  `${label}${colors.dim(`[${code}]`)}: ${message}`;
