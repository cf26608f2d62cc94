import { placeOf } from './check-across.ts';
import { makePlan, type PlanContext } from './make-plan.ts';
import { parseDocument } from './parse.ts';
import type { Problem } from './problem.ts';
import { inLineOrder } from './report.ts';

/** Everything there is to say about a document, in line order; what only its context can provide is a `needs-context` warning. */
export function lint(text: string, context: Omit<PlanContext, 'digest'> = {}): Problem[] {
  const parsed = parseDocument(text);
  if (!parsed.ok) return parsed.problems;
  const { document, warnings } = parsed;
  const environment = context.environment ?? document.scope.environments[0];
  const planned = makePlan(document, { ...context, environment, digest: () => '' });
  if (!planned.ok) return inLineOrder([...warnings, ...planned.problems]);
  const needed = planned.blockers.map(({ message, line = 1 }): Problem => ({
    ...placeOf(line, document),
    severity: 'warning',
    code: 'needs-context',
    message,
  }));
  return inLineOrder([...warnings, ...planned.warnings, ...needed]);
}
