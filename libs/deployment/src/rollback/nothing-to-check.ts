import { sectionOf, type Section, type Step } from '@backstay/document';
import type { Running } from '../state.ts';

/** Why a step that checks what was restored has nothing to check; null: it is to be performed. */
export function nothingToCheck(run: Running, { action }: Step): string | null {
  if (run.status !== 'rolling-back' || run.rollback === null) return null;
  const section = sectionOf(action);
  const what = section && checked[section];
  if (what === undefined) return null;
  const { target, checks } = run.rollback;
  if (target === null) return 'not applicable: nothing ran before, so nothing is there to be checked';
  return checks[what.in].length === 0 ? `not applicable: no ${what.name} of version ${target.version} is known` : null;
}

const flows = { in: 'smokeTests', name: 'critical flow' } as const;
const checked: Readonly<
  Partial<Record<Section, typeof flows | { readonly in: 'healthChecks'; readonly name: string }>>
> = {
  'health-checks': { in: 'healthChecks', name: 'health check' },
  'smoke-tests': flows,
  'critical-flows': flows,
};
