import type { Finding } from '@backstay/deployment';
import type { Plan, Section } from '@backstay/document';
import { interrupted, noLongerWanted, type StepEnd } from '../end.ts';
import type { Preflight, StepKind } from '../kind.ts';
import type { ActionOf, Interruption, StepOf, StepTask } from '../task.ts';
import { checkSection } from './checks.ts';
import { checkDashboards, movedOn } from './dashboards.ts';
import { checkDocumentation } from './documentation.ts';
import { checkRestoredSection } from './restoration.ts';

type Act = ActionOf<'section'>;

interface SectionKind {
  readonly run: (task: StepTask<Act>) => Promise<StepEnd>;
  /** How a step ended that its own phase has given up; without it, as any step that has ended with its handler. */
  readonly ended?: StepEnd;
  /** How many things there are to check. */
  readonly count?: (plan: Plan) => number;
}

const checks: SectionKind = {
  run: (task) => checkSection(task, task.step.action.section),
  ended: interrupted(noLongerWanted),
};
const flows: SectionKind = { ...checks, count: ({ smokeTests }) => smokeTests.length };

const sections: Readonly<Record<Section, SectionKind>> = {
  'smoke-tests': flows,
  'critical-flows': flows,
  'health-checks': { ...checks, count: ({ healthChecks }) => healthChecks.length },
  dashboards: { run: checkDashboards, ended: { outcome: movedOn, result: {} } },
  documentation: { run: checkDocumentation },
};

async function nothingToCheck(
  { stage, action, title, source }: StepOf<Act>,
  { deployment: { plan } }: Preflight,
): Promise<readonly Finding[]> {
  if (stage === 'rollback' || sections[action.section].count?.(plan) !== 0) return [];
  const message = 'the document names nothing that this step could check';
  return [{ code: 'nothing-to-check', subject: title, ok: false, blocking: true, message, line: source.line }];
}

/** The checks run within a service: when its own phase is asked to end them, none runs any more. */
function endOfSection({ phase, step }: Interruption<Act>): StepEnd | undefined {
  return phase === 'rollback' ? undefined : sections[step.action.section].ended;
}

/** Works through a section of the document. */
export const section: StepKind<Act> = {
  preflight: nothingToCheck,
  run: (task) => sections[task.step.action.section].run(task),
  undo: checkRestoredSection,
  interrupt: endOfSection,
};
