import { measureName, type Finding } from '@backstay/deployment';
import {
  counted,
  channelOf,
  sectionOf,
  type DocumentationLine,
  type Duty,
  type Plan,
  type Step,
} from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { allOf, type Evidenced, type RecordOf } from '../events.ts';
import { lastEndOf, proof, stepsWhere, triedOf, type Context, type StepEnd } from './context.ts';
import { evidenceOnLine } from './evidence.ts';
import { withoutRevoked } from './revoked.ts';
import { allOfThem, met, unmet, waiting, type Judged } from './verdict.ts';

/**
 * Every dashboard responded and every named metric had data: during preflight or, where nothing ran then that could respond, when
 * a step of this deployment verified them. A later look that failed takes it back.
 */
export function dashboardsConfigured(context: Context): Judged {
  const { plan, records, over } = context;
  const { dashboards } = plan.monitoring;
  if (dashboards.length === 0) return unmet('no dashboard is named');
  const report = allOf(records, 'PreflightReported').findLast(({ data }) => data.phase === 'monitoring');
  if (report === undefined)
    return over
      ? unmet('the preflight of monitoring was never made')
      : waiting('the preflight of monitoring has not been made yet');
  const steps = stepsWhere(context, (action) => sectionOf(action) === 'dashboards');
  const looks = steps.flatMap((step) => lastEndOf(context, step) ?? []);
  const broken = looks.flatMap((end) => (end.type === 'StepFailed' ? [`${end.data.step}: ${end.data.reason}`] : []));
  const lacks = lacksOf(report, plan.monitoring);
  if (broken.length > 0) return unmet([...lacks, ...broken].join('; '), proofs([report, ...looks]));
  const confirmed = `${counted(dashboards.length, 'dashboard')} responded and every named metric had data`;
  if (lacks.length === 0) return met(confirmed, proofs([report, ...looks]));
  const reasonText = lacks.join('; ');
  const against = looksOf(report).length === 0 ? [] : proofs([report]);
  if (!seesAll(plan.monitoring)) return unmet(reasonText, against);
  if (looks.length > 0) return met(`${confirmed} when ${stepsOf(looks)} looked`, proofs(looks));
  const due = steps.find((step) => triedOf(context, step) === 'pending');
  return due === undefined
    ? unmet(reasonText, against)
    : waiting(`step ${due.id} (${due.title}) has not looked yet; before, ${reasonText}`, against);
}

const proofs = (records: readonly RecordedEvent[]): readonly Evidenced[] => records.map((record) => proof(record));

const stepsOf = (ends: readonly StepEnd[]): string => ends.map(({ data }) => `step ${data.step}`).join(', ');

/** Without a source a step that verifies the dashboards asks for no metric. */
const seesAll = ({ source, metrics }: Plan['monitoring']): boolean => source !== null || metrics.length === 0;

const looksOf = ({ data }: RecordOf<'PreflightReported'>): readonly Finding[] =>
  data.findings.filter(({ code }) => code === 'dashboard' || code === 'metric');

/** What the preflight did not find to be there. */
function lacksOf(
  report: RecordOf<'PreflightReported'>,
  { dashboards, metrics }: Plan['monitoring'],
): readonly string[] {
  const looks = looksOf(report);
  if (looks.length === 0) return ['the preflight of monitoring looked at no dashboard and no metric'];
  const found = (code: string) => looks.filter((finding) => finding.code === code);
  return [...missing(found('dashboard'), dashboards), ...missing(found('metric'), metrics.map(measureName))];
}

function missing(findings: readonly Finding[], wanted: readonly string[]): string[] {
  const bad = findings.filter(({ ok }) => !ok).map(({ subject, message }) => `${subject}: ${message}`);
  const unseen = wanted.filter((name) => !findings.some(({ subject }) => subject === name));
  return [...bad, ...unseen.map((name) => `${name}: not looked at during preflight`)];
}

export function documentationUpdated(context: Context): Judged {
  const { documentation } = context.plan;
  if (documentation.length === 0) return unmet('the document names nothing to update');
  const judged = documentation.map((line) => ({ line, ...documentationLine(context, line) }));
  const named = judged.map(({ line, ...each }) => ({
    ...each,
    reason: `${line.text} (line ${line.source.line}): ${each.reason}`,
  }));
  const all = allOfThem(named);
  return all.verdict === 'met'
    ? { ...all, reason: `${counted(documentation.length, 'line')} of documentation proven` }
    : all;
}

export function documentationLine(context: Context, { proof: wanted, source }: DocumentationLine): Judged {
  return withoutRevoked(context, (records) =>
    wanted.kind === 'manual'
      ? confirmedOn(records, source.line, wanted.duty)
      : evidenceOnLine(records, source.line, wanted.evidence),
  );
}

const verbTexts: Readonly<Record<Duty['verb'], string>> = {
  approved: 'approval',
  confirmed: 'confirmation',
  'not-applicable': 'the word that it does not apply',
};

/** A person's confirmation counts only where the line asks for one; it is waited for also after a success. */
export function confirmedOn({ records, ended, own }: Context, line: number, { verb, duty }: Duty): Judged {
  const confirmed = allOf(records, 'CriterionConfirmed').findLast(({ data }) => data.line === line);
  if (confirmed === undefined && ended && own?.outcome !== 'succeeded')
    return unmet(`it ended without ${verbTexts[verb]} by ${duty}`);
  if (confirmed === undefined) return waiting(`waits for ${verbTexts[verb]} by ${duty}`);
  const { by, reason } = confirmed.data;
  return met(`${by} confirmed it: ${reason}`, [proof(confirmed)]);
}

/** A delivery on a channel on which the document notifies, or to the team. An alert or a page at the end is no such notice. */
export function teamNotified(context: Context): Judged {
  const { records } = context;
  const notifying = stepsWhere(context, (action) => channelOf(action) !== undefined);
  const delivered = [
    ...notifying.flatMap((step) => deliveredBy(context, step)),
    ...noticesTo(context, channelsOf(notifying)),
  ];
  if (delivered.length > 0) return met(delivered.map(({ summary }) => summary).join('; '), delivered);
  if (notifying.length === 0) return unmet('no step of the document notifies anybody');
  const tried = notifying.map((step) => triedOf(context, step));
  if (tried.includes('pending')) return waiting('no delivery of a notice is recorded yet');
  const failed =
    tried.findLast((each) => typeof each !== 'string' && each.type === 'StepFailed') ??
    allOf(records, 'NoticeFailed').findLast(isOfDeployment);
  if (failed === undefined || typeof failed === 'string') return unmet('no delivery of a notice is recorded');
  return unmet(`the notice was not delivered: ${proof(failed).summary}`, [proof(failed)]);
}

const channelsOf = (steps: readonly Step[]): readonly string[] => [
  'team',
  ...steps.flatMap(({ action }) => channelOf(action) ?? []),
];

function deliveredBy(context: Context, step: Step): Evidenced[] {
  const end = lastEndOf(context, step);
  const channel = end?.data.result?.['channel'];
  if (end?.type !== 'StepSucceeded' || end.data.result?.['delivered'] !== true) return [];
  return [proof(end, `${step.id}: delivered to ${typeof channel === 'string' ? channel : 'its channel'}`)];
}

function noticesTo({ records }: Context, channels: readonly string[]): Evidenced[] {
  const delivered = allOf(records, 'NoticeDelivered').filter(isOfDeployment);
  return delivered.filter(({ data }) => channels.includes(data.channel)).map((record) => proof(record));
}

const isOfDeployment = ({ data }: RecordOf<'NoticeDelivered' | 'NoticeFailed'>): boolean =>
  !/^(alert|end)\./.test(data.notice);
