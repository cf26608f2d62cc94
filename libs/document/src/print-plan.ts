import { formatDuration } from './duration.ts';
import { formatQuantile, metricAliases } from './metrics.ts';
import type {
  Dependency,
  EnvironmentVariable,
  HealthCheck,
  Metric,
  Plan,
  Proof,
  Secret,
  SmokeTest,
  Step,
} from './plan.ts';
import { printStep, requestLines } from './print-step.ts';
import {
  code,
  writeClause,
  writeDuty,
  writeEvidence,
  writeFailure,
  writeLimit,
  writeMetric,
  writeRequest,
} from './write-values.ts';

/**
 * Writes a plan as a document. Read again with the same bindings, profile and commit it gives the same plan; what a plan took from
 * these is not repeated in the document.
 */
export function printPlan(plan: Plan): string {
  const blocks = [
    `---\ndeployment: ${plan.grammar}\n---\n# Deployment: ${plan.service} ${plan.version}`,
    ...scopeBlocks(plan),
    '## Deployment Procedure',
    ...stepBlocks(
      '### Pre-Deployment Steps',
      plan.steps.filter(({ stage }) => stage === 'pre'),
    ),
    ...stepBlocks(
      '### Deployment Steps',
      plan.steps.filter(({ stage }) => stage === 'deploy'),
    ),
    ...stepBlocks(
      '### Post-Deployment Steps',
      plan.steps.filter(({ stage }) => stage === 'post'),
    ),
    '## Environment Configuration',
    ['**Required Environment Variables:**', '```', ...plan.environmentVariables.map(variableLine), '```'].join('\n'),
    bullets('**Required Secrets:**', plan.secrets.map(secretLine)),
    bullets('**Infrastructure Dependencies:**', plan.dependencies.map(dependencyLine)),
    ...rollbackBlocks(plan),
    '## Smoke Tests',
    lines('### Critical User Flows', plan.smokeTests.flatMap(flowLines)),
    bullets('### Health Checks', plan.healthChecks.flatMap(healthLine)),
    ...monitoringBlocks(plan),
    '## Documentation',
    lines(
      '**Update Required:**',
      plan.documentation.flatMap(({ text, proof, origin }) =>
        provedLines(text, origin === 'document' ? proof : undefined),
      ),
    ),
    '## Dependencies',
    lines('**Blocked By:**', plan.blockedBy.flatMap(relationLines)),
    lines('**Blocks:**', plan.blocks.flatMap(relationLines)),
    lines(
      '## Acceptance Criteria',
      plan.acceptanceCriteria.flatMap(({ text, rule }) => provedLines(text, isProof(rule) ? rule : undefined)),
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function lines(heading: string, content: readonly string[]): string {
  return [heading, ...(content.length > 0 ? content : ['- none'])].join('\n');
}

function bullets(heading: string, content: readonly string[]): string {
  return lines(
    heading,
    content.map((line) => `- ${line}`),
  );
}

function given(label: string, value: string | undefined | null): string[] {
  return value === undefined || value === null ? [] : [`${label}: ${value}`];
}

function scopeBlocks({ service, version, repository, ref, environment, scope, baseUrl }: Plan): string[] {
  return [
    '## Deployment Scope',
    bullets('**Application/Service:**', [
      `Name: ${service}`,
      `Version: ${version}`,
      ...given('Repository', repository && code(repository)),
      ...given('Branch/Tag', ref),
    ]),
    bullets('**Target Environment:**', [
      `Environment: ${environment}`,
      ...given('Cloud Provider', scope.cloudProvider),
      ...given('Region', scope.region),
      ...given('Zone', scope.zone),
      ...given('Cluster', scope.cluster),
      ...given('Namespace', scope.namespace),
      ...given('Base URL', baseUrl && code(baseUrl)),
      ...scope.windows.map((window) => `Window: ${window}`),
    ]),
  ];
}

function stepBlocks(heading: string, steps: readonly Step[]): string[] {
  return [lines(heading, steps.flatMap(printStep))];
}

function variableLine({ name, from, value = '', secret, hint = '' }: EnvironmentVariable): string {
  if (from === 'secret') return `${name}=<secret: ${secret ?? name}>`;
  if (from === 'provided') return `${name}=<${hint}>`;
  return /^\s|\s$|^["'<[]/.test(value) ? `${name}="${value}"` : `${name}=${value}`;
}

function secretLine({ title, names }: Secret): string {
  return names.length === 0 ? title : `${title} (${names.map(code).join(', ')})`;
}

function dependencyLine({ title, check, origin }: Dependency): string {
  if (check.kind === 'cloudfront') return `${title}: CloudFront distribution ${code(check.distribution)} ready`;
  if (origin === 'profile') return `${title}: configured`;
  switch (check.kind) {
    case 'postgresql':
      return `${title}: PostgreSQL ${check.minimum}+ at ${code(check.url)}`;
    case 'redis':
      return `${title}: Redis ${check.minimum}+ at ${code(check.url)}`;
    case 'url':
      return `${title}: configured at ${code(check.url)}`;
    case 'service':
      return `${title}: ${check.service} ${check.range}`;
    case 'command':
      return `${title}: checked\n  - Probe: ${code(check.command.text)}`;
  }
}

function rollbackBlocks({ rollback }: Plan): string[] {
  const shadow = rollback.triggers.some(({ mode }) => mode === 'shadow');
  const settings = [
    `Timeout: ${formatDuration(rollback.timeoutMs)}`,
    ...(rollback.dataLossMs === null ? [] : [`Data loss: accepted up to ${formatDuration(rollback.dataLossMs)}`]),
    ...(shadow ? ['Mode: shadow'] : []),
  ];
  const { estimatedMs } = rollback;
  return [
    bullets('## Rollback Procedure\n', settings),
    bullets('### Rollback Triggers', [...new Set(rollback.triggers.map(({ text }) => text))]),
    ...stepBlocks('### Rollback Steps', rollback.steps),
    ...(estimatedMs === undefined ? [] : [`**Estimated Rollback Time:** ${formatDuration(estimatedMs)}`]),
  ];
}

function flowLines({ number, title, request, expect, retry, timeoutMs, onFailure }: SmokeTest): string[] {
  const content = [
    `- Endpoint: ${writeRequest(request)}`,
    ...requestLines(request),
    ...(expect.length > 0 ? [`- Expected: ${expect.map(writeClause).join(', ')}`] : []),
    ...(retry ? [`- Retry: ${retry.times} times every ${formatDuration(retry.everyMs)}`] : []),
    `- Timeout: ${formatDuration(timeoutMs)}`,
    `- Failure: ${writeFailure(onFailure)}`,
  ];
  return [`${number}. **${title}**`, ...content.map((line) => `   ${line}`)];
}

function healthLine({ title, check, origin }: HealthCheck): string[] {
  if (origin === 'bindings') return [];
  if (origin === 'profile') return [`${title}: verified`];
  if (check.kind === 'request') return [`${title}: ${writeRequest(check.request)}`];
  if (check.kind === 'version') return [`${title}: ${writeRequest(check.request)} returns ${code(check.jsonPath)}`];
  return [`${title}: verified at ${code(check.url)}`];
}

function monitoringBlocks({ monitoring }: Plan): string[] {
  const {
    source,
    everyMs,
    watchMs,
    baselineMs,
    onNoData,
    minimumSamples,
    minimumRequests,
    mode,
    defaulted = [],
  } = monitoring;
  const said = (key: string): boolean => !defaulted.includes(key);
  const then = onNoData.then === 'fail' ? 'fail' : `ask ${onNoData.then.slice(4)}`;
  const settings = [
    ...(source ? [`Source: ${source.kind === 'scrape' ? 'scrape' : 'Prometheus at'} ${code(source.url)}`] : []),
    ...(said('watchMs') || said('everyMs')
      ? [`Watch for ${formatDuration(watchMs)}, every ${formatDuration(everyMs)}`]
      : []),
    ...(said('baselineMs') ? [`Baseline: ${formatDuration(baselineMs)}`] : []),
    ...(said('minimumSamples') ? [`Minimum samples: ${minimumSamples}`] : []),
    ...(said('minimumRequests') ? [`Minimum requests: ${minimumRequests}`] : []),
    ...(said('onNoData') ? [`On no data: wait ${formatDuration(onNoData.waitMs)} then ${then}`] : []),
    ...(mode === 'shadow' ? ['Mode: shadow'] : []),
  ];
  return [
    bullets('## Monitoring & Alerting\n', settings),
    ...queryBlocks(monitoring.metrics),
    bullets('**Metrics to Monitor:**', monitoring.metrics.map(metricLine)),
    bullets(
      '**Alert Thresholds:**',
      monitoring.thresholds.map((threshold) => `${writeLimit(threshold)}: ${writeAlert(threshold.action)}`),
    ),
  ];
}

function queryBlocks(metrics: readonly Metric[]): string[] {
  const queries = new Map(
    metrics.flatMap(({ metric, query }) => (query === undefined ? [] : [[queryName(metric), query] as const])),
  );
  return [...queries].map(([name, query]) => `\`\`\`promql ${name}\n${query}\n\`\`\``);
}

/** A fence that overrides a built-in query bears the name that stands for the metric. */
function queryName(metric: string): string {
  return (
    Object.entries(metricAliases).find(([, names]) => names.length === 1 && names[0]!.metric === metric)?.[0] ?? metric
  );
}

function metricLine({ metric, quantile, optional }: Metric): string {
  if (quantile !== undefined) return `${writeMetric(metric)} (${formatQuantile(quantile)})`;
  return optional ? `${writeMetric(metric)} (if applicable)` : writeMetric(metric);
}

function writeAlert(action: string): string {
  if (action.startsWith('notify:')) return `Notify ${action.slice('notify:'.length)}`;
  return { rollback: 'Rollback immediately', page: 'Page on-call', warn: 'Warning' }[action] ?? action;
}

function isProof(rule: { kind: string }): rule is Proof {
  return rule.kind === 'evidence' || rule.kind === 'manual';
}

function provedLines(text: string, proof: Proof | undefined): string[] {
  if (!proof) return [`- [ ] ${text}`];
  const line =
    proof.kind === 'evidence' ? `Evidence: ${writeEvidence(proof.evidence)}` : `Manual: ${writeDuty(proof.duty)}`;
  return [`- [ ] ${text}`, `  - ${line}`];
}

function relationLines({ text, rule }: Plan['blocks'][number]): string[] {
  return [`- ${text}`, ...(rule.kind === 'manual' ? [`  - Manual: ${writeDuty(rule.duty)}`] : [])];
}
