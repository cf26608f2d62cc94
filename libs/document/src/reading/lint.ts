import { placeOf } from './check-across.ts';
import type { DeploymentDocument } from './document.ts';
import { makePlan, type PlanContext, type Planned } from '../planning/make-plan.ts';
import type { Parsed } from './grammars.ts';
import { parseDocument } from './parse.ts';
import { isPlanText, readPlanText } from '../planning/plan-text.ts';
import type { Problem } from '../problems/problem.ts';
import { inLineOrder } from '../problems/report.ts';

type LintContext = Omit<PlanContext, 'digest'>;
type Unread = Extract<Parsed, { ok: false }>;

/** The plan for the first environment in which there is one. What keeps it from being one elsewhere is an error only once a request chooses that. */
function plannedIn(environments: readonly string[], document: DeploymentDocument, context: LintContext): Planned {
  const plans = environments.map((environment) => makePlan(document, { ...context, environment, digest: () => '' }));
  const planned = plans.find(({ ok }) => ok);
  if (!planned) return plans[0]!;
  const elsewhere = plans.flatMap((each) => (each.ok ? [] : each.problems));
  const listed = elsewhere.map((problem): Problem => ({ ...problem, severity: 'warning' }));
  return { ...planned, warnings: [...(planned.warnings ?? []), ...listed] };
}

/** Everything there is to say about a plan in JSON. */
export function lintPlan(text: string): Problem[] {
  const accepted = readPlanText(text, () => '');
  return accepted.ok ? [] : inLineOrder(accepted.problems);
}

/**
 * All problems of a document, or of a plan in its place, in line order; what only its context can provide is a `needs-context`
 * warning.
 */
export function lint(text: string, context: LintContext = {}): Problem[] {
  if (isPlanText(text)) return lintPlan(text);
  const parsed = parseDocument(text);
  if (!parsed.ok) return inLineOrder([...parsed.problems, ...neededInSpite(text, parsed, context)]);
  const { document, warnings } = parsed;
  const planned = plannedFor(document, context);
  const problems = planned.ok ? [] : planned.problems;
  return inLineOrder([...warnings, ...problems, ...(planned.warnings ?? []), ...needed(planned, document)]);
}

function plannedFor(document: DeploymentDocument, context: LintContext): Planned {
  return plannedIn(context.environment ? [context.environment] : document.scope.environments, document, context);
}

const needed = ({ blockers = [] }: Planned, document: DeploymentDocument): Problem[] =>
  blockers.map(({ message, line = 1 }): Problem => ({
    ...placeOf(line, document),
    severity: 'warning',
    code: 'needs-context',
    message,
  }));

/** What a line would have said, were it right, need not be said elsewhere. */
const statedByLine: readonly (readonly [label: RegExp, entry: string])[] = [
  [/\bBase URL:/i, 'add `baseUrl: '],
  [/\bSource:/i, 'add `metrics: '],
];

/** What the lines need that could be read beside those that could not; where a line is wrong, what it needs is not known. */
function neededInSpite(text: string, { understood, problems }: Unread, context: LintContext): Problem[] {
  if (understood === undefined || (!context.environment && understood.scope.environments.length === 0)) return [];
  const planned = plannedFor(understood, context);
  const lines = text.split(/\r?\n/);
  const wrong = new Map(problems.map(({ line }) => [line, lines[line - 1] ?? '']));
  const unstated = statedByLine.filter(([label]) => [...wrong.values()].some((line) => label.test(line)));
  const warned = (planned.warnings ?? []).filter(({ code }) => code === 'needs-context');
  return [...warned, ...needed(planned, understood)].filter(
    ({ line, message }) => !wrong.has(line) && !unstated.some(([, entry]) => message.startsWith(entry)),
  );
}
