import { isMeasured, withoutTraffic, type Blocker, type Plan, type Step, type Threshold } from '@backstay/document';
import type { Colors } from '../context.ts';
import { counted, quantileName, quantity } from '@backstay/document/figures';
import { duration, table } from '../output/format.ts';
import { actionText, proofText, relationText, ruleText, undoText } from './plan-actions.ts';

const stages = { pre: 'before the deployment', deploy: 'deployment', post: 'after the deployment' } as const;

/**
 * A plan for people, in the order in which it would happen: `~` changes something, `·` only looks. Beside each step its rollback, the
 * defaults that hold, where its meaning comes from, and what blocks it.
 */
export function planLines(colors: Colors, digest: string, plan: Plan, blockers: readonly Blocker[] = []): string[] {
  const { service, version, environment, commit, steps, acceptanceCriteria } = plan;
  const inTheWay = (line: number) => blockers.filter((each) => each.line === line).map(({ message }) => message);
  const changing = steps.filter(({ mutates }) => mutates).length;
  return [
    colors.bold([`${service} ${version}`, environment, commit ?? ''].filter(Boolean).join('  ')),
    colors.dim(digest),
    colors.dim(`procedure ${plan.procedureDigest}`),
    ...placeLines(plan),
    ...(['pre', 'deploy', 'post'] as const).flatMap((stage) => stageLines(colors, stage, plan, blockers)),
    '',
    ...configurationLines(colors, plan),
    '',
    ...watchLines(colors, plan),
    '',
    `roll back when: ${plan.rollback.triggers.map(({ text }) => text).join('; ') || 'asked for'}${shadow(plan)}`,
    ...rollbackLines(colors, plan, blockers),
    '',
    ...judgedLines(colors, plan, inTheWay),
    `${steps.length} steps, ${changing} of them change something; ${acceptanceCriteria.length} acceptance criteria`,
  ];
}

/** What it waits for and keeps waiting, and the lines that are judged at the end. */
function judgedLines(colors: Colors, plan: Plan, inTheWay: (line: number) => readonly string[]): string[] {
  const { blockedBy, blocks, documentation, acceptanceCriteria } = plan;
  const listed = (title: string, lines: readonly (readonly [text: string, how: string, line: number])[]): string[] =>
    lines.length === 0
      ? []
      : [
          colors.bold(title),
          ...lines.flatMap(([text, how, line]) => [
            `  ${text}  ${colors.dim(`${how} (line ${line})`)}`,
            ...inTheWay(line).map((message) => colors.red(`    ✗ ${message}`)),
          ]),
          '',
        ];
  const related = (relations: Plan['blockedBy']) =>
    relations.map(({ text, rule, source }) => [text, relationText(rule), source.line] as const);
  return [
    ...listed('Blocked By', related(blockedBy)),
    ...listed('Blocks', related(blocks)),
    ...listed(
      'Documentation',
      documentation.map(({ text, proof, source }) => [text, proofText(proof), source.line] as const),
    ),
    ...listed(
      'Acceptance Criteria',
      acceptanceCriteria.map(({ text, rule, line }) => [text, ruleText(rule), line] as const),
    ),
  ];
}

function placeLines({ scope, repository, ref }: Plan): string[] {
  const { windows, cloudProvider, region, zone, cluster, namespace } = scope;
  const place = [cloudProvider, region, zone, cluster, namespace].filter((part) => part !== undefined);
  return [
    ...(repository === undefined ? [] : [`from ${repository}${ref === undefined ? '' : ` at ${ref}`}`]),
    ...(place.length === 0 ? [] : [`in ${place.join(', ')}`]),
    ...(windows.length === 0 ? [] : [`begins only in its window: ${windows.join(' or ')}`]),
  ];
}

function stageLines(colors: Colors, stage: keyof typeof stages, plan: Plan, blockers: readonly Blocker[]): string[] {
  const steps = plan.steps.filter((step) => step.stage === stage);
  if (steps.length === 0) return [];
  return ['', colors.bold(stages[stage]), ...steps.flatMap((step) => stepLines(colors, step, plan, blockers))];
}

function rollbackLines(colors: Colors, plan: Plan, blockers: readonly Blocker[]): string[] {
  const { steps, timeoutMs, estimatedMs } = plan.rollback;
  const time = `at most ${duration(timeoutMs)}${estimatedMs === undefined ? '' : `, estimated ${duration(estimatedMs)}`}`;
  const own = steps.flatMap((step) => stepLines(colors, step, plan, blockers));
  return [
    ...(own.length > 0 ? own : ['  undo of every completed step, the last first  (default)']),
    `  then what ran before is checked; ${time}`,
  ];
}

const shadow = ({ rollback }: Plan): string =>
  rollback.triggers.some(({ mode }) => mode === 'shadow') ? '  (in shadow: recorded, not done)' : '';

/** The step, what it does and from where, its rollback, and how it fails. */
function stepLines(colors: Colors, step: Step, plan: Plan, blockers: readonly Blocker[]): string[] {
  const sign = step.mutates ? colors.yellow('~') : colors.dim('·');
  const margin = ' '.repeat(12);
  const back = step.stage === 'rollback' || !step.mutates ? [] : [`↩ ${undoText(step.undo)}`];
  const inTheWay = blockers.filter(({ line }) => line === step.source.line).map(({ message }) => `✗ ${message}`);
  return [
    `${sign} ${step.id.padEnd(9)} ${step.title}`,
    `${margin}${actionText(step.action, plan)}  ${colors.dim(`(${step.origin})`)}`,
    ...back.map((text) => margin + text),
    ...inTheWay.map((text) => margin + colors.red(text)),
    margin + colors.dim(policyOf(step)),
  ];
}

function policyOf(step: Step): string {
  const { onFailure, timeoutMs, retry, onlyIn, directory, waitUntil, irreversible, effect } = step;
  return [
    `on failure: ${onFailure}`,
    `at most ${duration(timeoutMs)}`,
    effect,
    ...(retry ? [`${retry.times} more tries, every ${duration(retry.everyMs)}`] : []),
    ...(waitUntil ? [`until \`${waitUntil.command.text}\` exits 0, at most ${duration(waitUntil.withinMs)}`] : []),
    ...(onlyIn ? [`only in ${onlyIn.join(', ')}`] : []),
    ...(directory === undefined ? [] : [`in ${directory}`]),
    ...(irreversible ? ['cannot be undone'] : []),
  ].join(' · ');
}

function configurationLines(colors: Colors, plan: Plan): string[] {
  const variables = plan.environmentVariables.map(({ name, from, value, secret, hint }) => [
    name,
    from === 'value' ? `= ${value ?? ''}` : from === 'secret' ? `the secret ${secret ?? name}` : 'must be provided',
    colors.dim(hint ?? ''),
  ]);
  const secrets = plan.secrets.map(({ title, names, origin }) => [title, names.join(', '), colors.dim(`(${origin})`)]);
  const dependencies = plan.dependencies.map(({ title, check, origin }) => [
    title,
    check.kind,
    colors.dim(`(${origin})`),
  ]);
  return [
    ...titled(colors, 'environment', variables),
    ...titled(colors, 'secrets', secrets),
    ...titled(colors, 'depends on', dependencies),
    ...titled(
      colors,
      'smoke tests',
      plan.smokeTests.map(({ title, request, onFailure }) => [
        title,
        `${request.method} ${request.path}`,
        colors.dim(`on failure: ${onFailure}`),
      ]),
    ),
    ...titled(
      colors,
      'health checks',
      plan.healthChecks.map(({ title, check, origin }) => [title, check.kind, colors.dim(`(${origin})`)]),
    ),
  ];
}

function titled(colors: Colors, title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [colors.bold(title), ...table(rows).map((row) => `  ${row}`)];
}

function watchLines(colors: Colors, plan: Plan): string[] {
  const { monitoring, healthChecks, smokeTests } = plan;
  const { watchMs, everyMs, minimumSamples, minimumRequests, baselineMs, onNoData, source, thresholds } = monitoring;
  const byChecks = monitoring.watchedBy === 'checks';
  if (!byChecks && !isMeasured(plan))
    return ['not watched: no metric, and no `Watch for`; it has succeeded when its checks have passed'];
  const measures = source === null ? 'nothing to measure' : `${source.kind} ${source.url}`;
  const checks = `${counted(healthChecks.length, 'health check')} and ${counted(smokeTests.length, 'smoke test')}`;
  const goesBy = byChecks ? `by ${checks}, without metrics` : measures;
  const defaulted = new Set(monitoring.defaulted);
  const mark = (key: string): string => (defaulted.has(key) ? colors.dim(' (default)') : '');
  return [
    `watch for ${duration(watchMs)}${mark('watchMs')}, every ${duration(everyMs)}${mark('everyMs')}, ${goesBy}`,
    `  baseline ${duration(baselineMs)}${mark('baselineMs')}; at least ${minimumSamples} samples${mark('minimumSamples')}, ${minimumRequests} requests${mark('minimumRequests')}; no data: ${onNoData.then} after ${duration(onNoData.waitMs)}${mark('onNoData')}`,
    ...silenceLine(plan),
    ...table(thresholds.map(thresholdRow)).map((row) => `  ${row}`),
  ];
}

function silenceLine(plan: Plan): string[] {
  const sentence = withoutTraffic(plan);
  return sentence === null ? [] : [`  without traffic: ${sentence}`];
}

function thresholdRow({ metric, quantile, operator, value, unit, forMs, action }: Threshold): string[] {
  const name = metric.replaceAll('-', ' ') + (quantile ? ` ${quantileName(quantile)}` : '');
  return [name, `${operator} ${quantity(value, unit)}`, `for ${duration(forMs)}`, action];
}
