import { placeOf } from './check-across.ts';
import type { DeploymentDocument } from './document.ts';
import { makePlan, type PlanContext, type Planned } from './make-plan.ts';
import { parseDocument } from './parse.ts';
import { isPlanText, readPlanText } from './plan-text.ts';
import type { Problem } from './problem.ts';
import { inLineOrder } from './report.ts';

type LintContext = Omit<PlanContext, 'digest'>;

/** The plan for the first environment in which there is one: an error of another one is the request's, which nobody has made yet. */
function plannedIn(environments: readonly string[], document: DeploymentDocument, context: LintContext): Planned {
  const plans = environments.map((environment) => makePlan(document, { ...context, environment, digest: () => '' }));
  return plans.find(({ ok }) => ok) ?? plans[0]!;
}

/** Everything there is to say about a plan in JSON. */
export function lintPlan(text: string): Problem[] {
  const accepted = readPlanText(text, () => '');
  return accepted.ok ? [] : inLineOrder(accepted.problems);
}

/** Everything there is to say about a document, or about a plan that stands in its place, in line order; what only its context can provide is a `needs-context` warning. */
export function lint(text: string, context: LintContext = {}): Problem[] {
  if (isPlanText(text)) return lintPlan(text);
  const parsed = parseDocument(text);
  if (!parsed.ok) return parsed.problems;
  const { document, warnings } = parsed;
  const planned = plannedIn(
    context.environment ? [context.environment] : document.scope.environments,
    document,
    context,
  );
  if (!planned.ok) return inLineOrder([...warnings, ...planned.problems]);
  const needed = planned.blockers.map(({ message, line = 1 }): Problem => ({
    ...placeOf(line, document),
    severity: 'warning',
    code: 'needs-context',
    message,
  }));
  return inLineOrder([...warnings, ...planned.warnings, ...needed]);
}
