import type { Criterion, CriterionRule } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { lastOf } from '../events.ts';
import { overridesIn } from '../overrides.ts';
import type { ProcedureEntry } from '../procedure-history.ts';
import { contextOf, type Context } from './context.ts';
import { executed, noCriticalErrors, performanceAcceptable, smokeTestsPassed } from './progress.ts';
import { evidenceOnLine, readBySteps } from './evidence.ts';
import { rollbackTested, smokeTestsTested, validatedInStaging } from './history.ts';
import { limitKept } from './limit.ts';
import { withoutRevoked } from './revoked.ts';
import { confirmedOn, dashboardsConfigured, documentationUpdated, teamNotified } from './sections.ts';
import { unknown, type AcceptanceCriteria, type Judged } from './verdict.ts';

export type { AcceptanceCriteria, CriterionVerdict, CriterionView } from './verdict.ts';

type RuleKind = CriterionRule['kind'];
type RuleOf<Kind extends RuleKind> = Extract<CriterionRule, { kind: Kind }>;
type Rules = { readonly [Kind in RuleKind]: (context: Context, rule: RuleOf<Kind>, criterion: Criterion) => Judged };

/** The twelve computed lines and the three forms of other lines. A person's confirmation counts only where the line asks for it. */
const rules: Rules = {
  'tests-passed': (context) => readBySteps(context, 'junit', 'integration test reports'),
  'scans-passed': (context) => readBySteps(context, 'sarif', 'security scans'),
  'validated-in-staging': validatedInStaging,
  'rollback-tested': rollbackTested,
  'smoke-tests-tested': smokeTestsTested,
  'dashboards-configured': dashboardsConfigured,
  'documentation-updated': documentationUpdated,
  'team-notified': teamNotified,
  executed,
  'smoke-tests-passed': smokeTestsPassed,
  'no-critical-errors': noCriticalErrors,
  'performance-acceptable': performanceAcceptable,
  limit: (context, _rule, criterion) => limitKept(context, criterion),
  evidence: (context, { evidence }, { line }) => evidenceOnLine(context, line, evidence),
  manual: (context, { duty }, { line }) => confirmedOn(context, line, duty),
};

/**
 * Is it proven? Each criterion of the plan with its verdict, computed anew from the events, so that a later event can also take
 * a verdict back. `history`: entries of the same service; `now`: ISO 8601; `measurements`: the stream `measurements-<id>`, on
 * which limit lines rest. Empty while there is no plan.
 */
export function acceptanceCriteria(
  events: readonly RecordedEvent[],
  history: readonly ProcedureEntry[],
  now: string,
  measurements: readonly RecordedEvent[] = [],
): AcceptanceCriteria {
  const context = contextOf(events, history, now, measurements);
  if (context === null) return { criteria: [], overrides: [] };
  return {
    overrides: overridesIn(context.records),
    criteria: context.plan.acceptanceCriteria.map((criterion) => ({
      ...named(criterion),
      ...judge(context, criterion),
    })),
  };
}

const named = ({ text, line }: Criterion): Pick<Criterion, 'text' | 'line'> => ({ text, line });

function judge(context: Context, criterion: Criterion): Judged {
  const rule = rules[criterion.rule.kind] as (context: Context, rule: CriterionRule, criterion: Criterion) => Judged;
  return concerning(
    context,
    withoutRevoked(context, (records) => rule(records, criterion.rule, criterion)),
  );
}

/** A rollback only takes back: what it was never to do or to look at says nothing against it. */
export function concerning({ own, records }: Context, judged: Judged): Judged {
  const isOpen = judged.verdict === 'unmet' || judged.verdict === 'waiting';
  if (own?.kind !== 'rollback' || !isOpen || judged.evidence.length > 0) return judged;
  const of = lastOf(records, 'DeploymentRequested')?.data.of;
  const reasonText = of == null ? '' : `; what was proven of it stands in the criteria of deployment ${of}`;
  return unknown(`not applicable to a rollback, which deploys and proves nothing new${reasonText}`);
}
