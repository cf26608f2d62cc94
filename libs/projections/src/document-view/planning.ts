import type { Finding } from '@backstay/deployment';
import type { LineVerdict, Problem, Relation } from '@backstay/document';
import { proof, type Context } from '../acceptance-criteria/context.ts';
import { concerning } from '../acceptance-criteria/index.ts';
import { met, unmet, waiting, type Judged } from '../acceptance-criteria/verdict.ts';
import { allOf, lastOf, type DeploymentRecord, type RecordOf } from '../events.ts';
import { overrideText } from '../overrides.ts';

type Records = readonly DeploymentRecord[];

/** *Blocked By*: each line with what satisfied it, or that it still waits. */
export function relationLines(context: Context | null): LineVerdict[] {
  if (context === null) return [];
  return context.plan.blockedBy.map((relation) => {
    const { reason, ...judged } = concerning(context, relationOf(context, relation));
    return { line: relation.source.line, kind: 'relation', text: reason, ...judged };
  });
}

function relationOf({ records, ended }: Context, { text, source }: Relation): Judged {
  const cleared = lastOf(records, 'BlockersCleared');
  const by = cleared?.data.satisfied.find((each) => each.text === text)?.by;
  const confirmed = allOf(records, 'CriterionConfirmed').filter(({ data }) => data.line === source.line);
  if (cleared !== undefined && by !== undefined)
    return met(
      by,
      [...confirmed, cleared].map((record) => proof(record)),
    );
  const held = allOf(records, 'DeploymentHeld').findLast(({ data }) => data.code === 'blocked-by');
  const evidence = [...confirmed, ...(held === undefined ? [] : [held])].map((record) => proof(record));
  const missing = 'nothing that satisfies it is recorded';
  return ended ? unmet(missing, evidence) : waiting(`${missing} yet`, evidence);
}

type Report = RecordOf<'PreflightReported'>;

/** What the preflight found about lines, and what was let pass in spite of it. */
export function preflightLines(records: Records): LineVerdict[] {
  return allOf(records, 'PreflightReported').flatMap((report) =>
    report.data.findings.flatMap((finding) => findingLine(records, report, finding)),
  );
}

function findingLine(records: Records, report: Report, finding: Finding): LineVerdict[] {
  const { line, ok, blocking, subject, message } = finding;
  if (line === undefined) return [];
  const overridden = allOf(records, 'FindingOverridden').find(({ data }) => isSame(data, finding));
  const seen = proof(report, `${report.data.phase} looked before anything was touched`);
  if (overridden !== undefined) {
    const evidence = [seen, proof(overridden)];
    return [{ line, kind: 'preflight', verdict: 'overridden', text: overrideText(overridden.data), evidence }];
  }
  // Nothing stands against it, which proves nothing yet: what is read later may still fail.
  const verdict = ok ? 'fine' : blocking ? 'failed' : 'warning';
  return [{ line, kind: 'preflight', verdict, text: `${subject}: ${message}`, evidence: [seen] }];
}

const isSame = (one: Pick<Finding, 'code' | 'subject' | 'message'>, other: Finding): boolean =>
  one.code === other.code && one.subject === other.subject && one.message === other.message;

/** Problems of bindings and profile belong to other files than this one; those of the preflight stand there already. */
export function problemLines(records: Records): LineVerdict[] {
  const drafted = lastOf(records, 'PlanDrafted');
  const rejected = lastOf(records, 'DeploymentRejected');
  const lines = preflightLines(records);
  const isListed = ({ line, message }: Problem): boolean =>
    lines.some((each) => each.line === line && each.text === message);
  return [
    ...(drafted?.data.warnings ?? []).map((problem) => ({ problem, proof: proof(drafted!, 'the plan was made') })),
    ...(rejected?.data.problems ?? []).map((problem) => ({ problem, proof: proof(rejected!, 'it was rejected') })),
  ]
    .filter(({ problem }) => problem.file === undefined && !isListed(problem))
    .map(({ problem: { line, severity, message }, proof: record }) => ({
      line,
      kind: 'problem',
      verdict: severity,
      text: message,
      evidence: [record],
    }));
}
