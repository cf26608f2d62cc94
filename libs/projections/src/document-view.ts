import type { Problem } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import type { AcceptanceCriteria } from './acceptance-criteria/index.ts';
import { contextOf } from './acceptance-criteria/context.ts';
import { documentationLine } from './acceptance-criteria/sections.ts';
import { allOf, knownFacts, lastOf, type DeploymentRecord, type FactOf } from './facts.ts';
import type { ProcedureEntry } from './procedure-history.ts';
import { steps } from './steps.ts';

export interface LineVerdict {
  readonly line: number;
  readonly kind: 'criterion' | 'documentation' | 'step' | 'check' | 'limit' | 'trigger' | 'problem';
  /** Of criteria and documentation met, unmet, waiting, unknown; of steps their status; of others passed, failed, breached, pulled, error, warning. */
  readonly verdict: string;
  readonly text: string;
}

/** The source as it was requested, and what is known of its lines, in line order. */
export interface DocumentView {
  readonly source: string;
  readonly verdicts: readonly LineVerdict[];
}

/** The document beside what became of it. `source` is the request's Markdown; `history` serves lines that rest on earlier deployments. */
export function documentView(
  source: string,
  events: readonly RecordedEvent[],
  { criteria }: AcceptanceCriteria,
  history: readonly ProcedureEntry[] = [],
): DocumentView {
  const facts = knownFacts(events);
  const verdicts: LineVerdict[] = [
    ...criteria.map(({ line, verdict, reason }) => ({ line, kind: 'criterion' as const, verdict, text: reason })),
    ...documentationLines(events, history),
    ...stepLines(events),
    ...checkLines(facts),
    ...breachLines(facts),
    ...triggerLines(facts),
    ...problemLines(facts),
  ];
  return { source, verdicts: verdicts.sort((a, b) => a.line - b.line) };
}

function documentationLines(events: readonly RecordedEvent[], history: readonly ProcedureEntry[]): LineVerdict[] {
  const context = contextOf(events, history, events.at(-1)?.time ?? '', []);
  return (context?.plan.documentation ?? []).flatMap((line) => {
    if (context === null) return [];
    const { verdict, reason } = documentationLine(context, line);
    return [{ line: line.source.line, kind: 'documentation' as const, verdict, text: reason }];
  });
}

function stepLines(events: readonly RecordedEvent[]): LineVerdict[] {
  return steps(events).map(({ id, title, line, status, reason }) => {
    const text = `${id} ${title}${reason === null ? '' : `: ${reason}`}`;
    return { line, kind: 'step', verdict: status, text };
  });
}

/** The last result of each smoke test and health check of the new version. */
function checkLines(facts: readonly DeploymentRecord[]): LineVerdict[] {
  const checks = allOf(facts, 'SmokeTestPassed', 'SmokeTestFailed', 'HealthCheckPassed', 'HealthCheckFailed');
  const last = new Map(
    checks.filter(isOfNewVersion).map((check) => [`${check.data.kind} ${check.data.title}`, check.data]),
  );
  return [...last.values()].flatMap(({ line, title, passed, reason }): LineVerdict[] =>
    line === null
      ? []
      : [
          {
            line,
            kind: 'check',
            verdict: passed ? 'passed' : 'failed',
            text: passed ? title : `${title}: ${reason ?? 'failed'}`,
          },
        ],
  );
}

const isOfNewVersion = ({
  data,
}: FactOf<'SmokeTestPassed' | 'SmokeTestFailed' | 'HealthCheckPassed' | 'HealthCheckFailed'>): boolean =>
  data.purpose !== 'restoration';

function breachLines(facts: readonly DeploymentRecord[]): LineVerdict[] {
  return allOf(facts, 'AlertRaised', 'DegradationDetected', 'RollbackWithheld').flatMap(
    ({ data: { breach } }): LineVerdict[] =>
      breach.line === null ? [] : [{ line: breach.line, kind: 'limit', verdict: 'breached', text: breach.sentence }],
  );
}

function triggerLines(facts: readonly DeploymentRecord[]): LineVerdict[] {
  return allOf(facts, 'RollbackTriggered').flatMap(({ data: { trigger, reason } }): LineVerdict[] =>
    trigger.line === null ? [] : [{ line: trigger.line, kind: 'trigger', verdict: 'pulled', text: reason }],
  );
}

/** Problems of bindings and profile belong to other files than this one. */
function problemLines(facts: readonly DeploymentRecord[]): LineVerdict[] {
  const problems = [
    ...(lastOf(facts, 'PlanDrafted')?.data.warnings ?? []),
    ...(lastOf(facts, 'DeploymentRejected')?.data.problems ?? []),
  ];
  return problems.filter(({ file }) => file === undefined).map(problemLine);
}

function problemLine({ line, severity, message }: Problem): LineVerdict {
  return { line, kind: 'problem', verdict: severity, text: message };
}
