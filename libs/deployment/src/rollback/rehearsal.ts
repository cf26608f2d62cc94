import type { Plan, Problem } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import { evidenceLeft } from '../execution/evidence.ts';
import { succeeded } from '../monitoring/outcome.ts';
import type { Running } from '../state.ts';
import { triggerRollback } from './decide.ts';

/** What has proven itself has succeeded with that; a rehearsal is then taken back, which is what it is for, when all that it can show was read. */
export function proven(run: Running, at: string): readonly DeploymentEvent[] {
  if (run.kind !== 'rehearsal') return [succeeded(run, at)];
  if (evidenceLeft(run).length > 0) return [];
  const trigger = { kind: 'rehearsal' as const, text: 'rehearsal', line: null, by: 'backstay' };
  return triggerRollback({ type: 'TriggerRollback', trigger, reason: 'it is a rehearsal', at }, run);
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
