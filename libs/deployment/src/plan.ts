import type { Plan, Problem } from '@backstay/document';

/** Whether the document has anything to watch for. */
export function isWatched({ monitoring, rollback }: Plan): boolean {
  const { source, watchMs, metrics, thresholds } = monitoring;
  const measuredTriggers = rollback.triggers.filter(({ rule }) =>
    ['limit', 'alert', 'degradation'].includes(rule.kind),
  );
  return source !== null && watchMs > 0 && metrics.length + thresholds.length + measuredTriggers.length > 0;
}

/** Why this plan cannot be rehearsed; empty: it can. A rehearsal serves the new version and takes it away again, so never in production. */
export function problemsOfRehearsal({ environment, steps }: Plan): readonly Problem[] {
  const irreversible = steps.filter((step) => step.irreversible);
  return [
    ...(environment === 'production'
      ? [problem('rehearsal-in-production', 1, 'a rollback is rehearsed before production, never in it')]
      : []),
    ...irreversible.map(({ id, source }) =>
      problem('rehearsal-irreversible', source.line, `step ${id} has no way back, so no rollback can be rehearsed`),
    ),
    ...(steps.some(({ mutates }) => mutates)
      ? []
      : [problem('rehearsal-of-nothing', 1, 'no step changes anything, so there is no rollback to rehearse')]),
  ];
}

function problem(code: string, line: number, message: string): Problem {
  return { line, column: 1, severity: 'error', code, message };
}
