import type { Held, Override } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { between, dateTime, duration, table } from '../output/format.ts';
import { metricRow } from './metrics.ts';
import type { CheckProgress, Progress, StageName, StepProgress } from './progress.ts';
import { problemLinesOf } from './problems.ts';
import { hasEnded, type Snapshot } from './snapshot.ts';
import { restoreLines } from './restores.ts';
import { statusText, stepSign } from './status.ts';

const stageTitles: readonly (readonly [StageName, string])[] = [
  ['pre', 'Pre-Deployment'],
  ['deploy', 'Deployment'],
  ['post', 'Post-Deployment'],
];

const purposeTitles: Readonly<Record<string, string>> = {
  verification: 'Smoke tests and health checks',
  watch: 'Critical flows during the watch',
  restoration: 'Checks of the restored version',
};

/** The whole picture of a deployment as lines: what is finished in one line each, what runs or failed in full. */
export function frame(colors: Colors, snapshot: Snapshot, now: number): string[] {
  const { progress } = snapshot;
  return [
    ...header(colors, snapshot, now),
    ...stagesOf(snapshot).flatMap(([name, title]) => stageLines(colors, stepsOf(progress, name), title, now)),
    ...checkLines(colors, progress, 'verification'),
    ...monitoringLines(colors, snapshot, now),
    ...checkLines(colors, progress, 'watch'),
    ...rollbackLines(colors, progress, now),
    ...checkLines(colors, progress, 'restoration'),
    ...reasonLines(colors, snapshot),
  ];
}

/** What takes another one back has the steps of that one in its plan, and performs none of them. */
const stagesOf = ({ summary }: Snapshot) => (summary.kind === 'rollback' ? [] : stageTitles);

const stepsOf = ({ steps }: Progress, name: StageName) => steps.filter(({ stage }) => stage === name);

/** What it was let pass in spite of. */
export const overrideLines = (colors: Colors, overrides: readonly Override[] | null = []): string[] =>
  (overrides ?? []).map(
    ({ code, subject, message, by, reason, eventId }) =>
      `${colors.yellow('? overridden')} ${code} (${subject}: ${message}) by ${by}: ${reason} ${colors.dim(`[${eventId}]`)}`,
  );

export function header(colors: Colors, { summary }: Pick<Snapshot, 'summary'>, now: number): string[] {
  const { id, status, requestedAt, finishedAt } = summary;
  const elapsed = duration((finishedAt ? Date.parse(finishedAt) : now) - Date.parse(requestedAt));
  const who = summary.requestedBy ? `by ${summary.requestedBy}` : '';
  const parts = [releaseText(summary), summary.environment, id, who].filter(Boolean).join('  ');
  const kind = summary.kind === 'deployment' ? '' : ` (${summary.kind})`;
  return [
    colors.bold(parts),
    `${statusText(colors, status)}${kind}  ${elapsed}`,
    ...linkLines(colors, summary),
    ...overrideLines(colors, summary.overrides),
    ...restoreLines(colors, summary, Boolean(finishedAt)),
  ];
}

/** `notes-api 1.1.0 → 1.2.0`; what takes the first release back goes to nothing. */
export function releaseText(summary: Snapshot['summary']): string {
  const { service, version, previousVersion, kind } = summary;
  const to = version ?? (kind === 'rollback' && previousVersion ? 'nothing' : null);
  const versions = [previousVersion, to].filter(Boolean).join(' → ');
  return [service ?? unnamed(summary), versions].filter(Boolean).join(' ');
}

function unnamed({ problemCount }: Snapshot['summary']): string {
  if (problemCount == null) return 'a document that is not read yet';
  return `a request with ${problemCount} problem${problemCount === 1 ? '' : 's'}`;
}

/** What became of it after its end, and what it took back itself. */
export function linkLines(colors: Colors, { rolledBackBy, of }: Snapshot['summary']): string[] {
  return [
    ...(rolledBackBy
      ? [`${colors.yellow('↶')} it runs there no longer: deployment ${rolledBackBy} rolled it back`]
      : []),
    ...(of ? [`${colors.yellow('↶')} takes back deployment ${of}`] : []),
  ];
}

/** What it waits for, whose word ends that, until when, and how. */
export function heldLines({ why, duty, until, ends }: Held): string[] {
  const whom = duty ? `waits for ${duty}` : 'ends by itself';
  const isStated = why.endsWith(whom);
  const wait = [...(isStated ? [] : [whom]), ...(until ? [`until ${dateTime(until)} at the latest`] : [])].join(', ');
  return [why, wait, ...ends].filter(Boolean);
}

function stageLines(colors: Colors, steps: readonly StepProgress[], title: string, now: number): string[] {
  if (steps.length === 0) return [];
  const done = steps.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const state = stageState(steps, done);
  const line = `${stepSign(colors, state)} ${title}  ${done}/${steps.length}  ${colors.dim(spent(steps, now))}`;
  const visible = state === 'done' || state === 'waiting' ? [] : steps;
  return [line.trimEnd(), ...visible.map((step) => `  ${stepLine(colors, step, now)}`)];
}

function stageState(steps: readonly StepProgress[], done: number): StepProgress['state'] {
  if (done === steps.length) return 'done';
  const current = steps.find(({ state }) => state !== 'done' && state !== 'waiting' && state !== 'skipped');
  return current?.state ?? (done === 0 ? 'waiting' : 'running');
}

/** From the first start to the last end. */
function spent(steps: readonly StepProgress[], now: number): string {
  const started = steps.flatMap(({ startedAt }) => (startedAt ? [Date.parse(startedAt)] : []));
  if (started.length === 0) return '';
  const open = steps.some(({ state }) => state === 'running' || state === 'retrying');
  const ended = steps.flatMap(({ endedAt }) => (endedAt ? [Date.parse(endedAt)] : []));
  return duration((open ? now : Math.max(...ended, ...started)) - Math.min(...started));
}

function stepLine(colors: Colors, step: StepProgress, now: number): string {
  const { title, state, startedAt, endedAt, reason, attempt = 1, line } = step;
  const open = state === 'running' ? new Date(now).toISOString() : endedAt;
  const time = startedAt && open ? colors.dim(duration(between(startedAt, open))) : '';
  const again = attempt > 1 || state === 'retrying' ? `attempt ${attempt}` : '';
  const why = state === 'done' || !reason ? '' : colors.red(reason);
  const where = state === 'failed' && line ? colors.dim(`line ${line}`) : '';
  return [`${stepSign(colors, state)} ${title}`, time, again, why, where].filter(Boolean).join('  ');
}

function checkLines(colors: Colors, { checks, expectedChecks }: Progress, purpose: string): string[] {
  const mine = checks.filter((check) => check.purpose === purpose);
  if (mine.length === 0) return [];
  const passed = mine.filter(({ passed: ok }) => ok).length;
  const total = purpose === 'verification' ? Math.max(expectedChecks, mine.length) : mine.length;
  const failed = passed < mine.length;
  const sign = stepSign(colors, failed ? 'failed' : passed < total ? 'running' : 'done');
  const visible = failed || passed < total ? mine : [];
  return [`${sign} ${purposeTitles[purpose]}  ${passed}/${total}`, ...visible.map((check) => checkLine(colors, check))];
}

function checkLine(colors: Colors, { title, passed, observed, reason, attempts, line }: CheckProgress): string {
  const { status, latencyMs } = observed;
  const details = [
    typeof status === 'number' ? String(status) : '',
    typeof latencyMs === 'number' ? duration(latencyMs) : '',
  ];
  const sign = stepSign(colors, passed ? 'done' : 'failed');
  const why = passed || !reason ? '' : colors.red(reason);
  const where = passed ? '' : [attempts > 1 ? `attempt ${attempts}` : '', line ? `line ${line}` : ''].join('  ').trim();
  return [`  ${sign} ${title}`, ...details, why, colors.dim(where)].filter(Boolean).join('  ');
}

const watchSigns = { running: 'running', passed: 'done', failed: 'failed', ended: 'skipped' } as const;

/** A watch that never began is not a watch that failed, and neither is one that something else ended. */
function monitoringLines(colors: Colors, { summary, progress, metrics }: Snapshot, now: number): string[] {
  if (metrics.length === 0) return [];
  const { watch, watchUntil } = progress;
  if (watch === undefined)
    return summary.phase === 'monitoring' && !hasEnded(summary)
      ? [`${stepSign(colors, 'waiting')} Monitoring`]
      : [`${stepSign(colors, 'skipped')} Monitoring  not begun`];
  const open = watch === 'running' && watchUntil !== undefined;
  const left = open ? `${duration(Date.parse(watchUntil) - now)} left` : watch === 'ended' ? 'ended early' : '';
  const state = watchSigns[watch];
  const rows = table(metrics.map((series) => metricRow(colors, series)));
  return [`${stepSign(colors, state)} Monitoring  ${colors.dim(left)}`.trimEnd(), ...rows.map((row) => `  ${row}`)];
}

function rollbackLines(colors: Colors, progress: Progress, now: number): string[] {
  const { trigger } = progress;
  if (!trigger) return [];
  const steps = stepsOf(progress, 'rollback');
  return [`${colors.yellow('⚠')} Rollback: ${trigger.reason}`, ...stageLines(colors, steps, 'Rollback', now)];
}

function reasonLines(colors: Colors, { summary, why }: Snapshot): string[] {
  if (summary.held && summary.status === 'held') {
    const [why, ...rest] = heldLines(summary.held);
    return [`${colors.yellow('‖')} Held: ${why}`, ...rest.map((line) => `  ${line}`)];
  }
  if (why) {
    const problems = why.chain.flatMap((link) => problemLinesOf(colors, link));
    return [`${colors.bold('Why:')} ${why.sentence}`, ...problems.map((line) => `  ${line}`)];
  }
  return hasEnded(summary) && summary.reason ? [`${colors.bold('Why:')} ${summary.reason}`] : [];
}
