import { isMeasured, isProduction, isWatchedByChecks, type Plan, type Problem } from '@backstay/document';

/** Whether the document has anything to watch by: metrics, else its health checks and smoke tests. */
export const isWatched = (plan: Plan): boolean => isMeasured(plan) || isWatchedByChecks(plan);

/** Why this plan cannot be rehearsed; empty: it can. A rehearsal serves the new version and takes it away again, so never in production. */
export function problemsOfRehearsal({ environment, steps }: Plan): readonly Problem[] {
  const irreversible = steps.filter((step) => step.irreversible);
  return [
    ...(isProduction(environment)
      ? [problem('rehearsal-in-production', 1, 'a rollback is rehearsed before production, never in it')]
      : []),
    ...irreversible.map(({ id, source }) =>
      problem('rehearsal-irreversible', source.line, `step ${id} cannot be undone, so no rollback can be rehearsed`),
    ),
    ...(steps.some(({ mutates }) => mutates)
      ? []
      : [problem('rehearsal-of-nothing', 1, 'no step changes anything, so there is no rollback to rehearse')]),
  ];
}

function problem(code: string, line: number, message: string): Problem {
  return { line, column: 1, severity: 'error', code, message };
}
