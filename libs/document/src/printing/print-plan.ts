import { formatDuration } from '../values/duration.ts';
import type { Proof } from '../plan/criteria.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { flowLines, healthLines } from './print-checks.ts';
import { dependencyLine, scopeBlocks, secretLines, variableBlock } from './print-configuration.ts';
import { bullets, lines } from './print-lines.ts';
import { monitoringBlocks } from './print-monitoring.ts';
import { printStep } from './print-step.ts';
import { boxed, lead, writeDuty, writeEvidence } from './write-values.ts';

/**
 * Writes a plan as a document. Read again with the same bindings, profile, environment and commit it gives the same plan; what a
 * plan took from these is not repeated in the document.
 */
export function printPlan(plan: Plan): string {
  const blocks = [
    `---\ndeployment: ${plan.grammar}\n---\n# Deployment: ${plan.service} ${plan.version}`,
    ...scopeBlocks(plan),
    '## Deployment Procedure',
    stepBlock('### Pre-Deployment Steps', ofStage(plan, 'pre'), plan),
    stepBlock('### Deployment Steps', ofStage(plan, 'deploy'), plan),
    stepBlock('### Post-Deployment Steps', ofStage(plan, 'post'), plan),
    '## Environment Configuration',
    variableBlock(plan.environmentVariables),
    bullets('**Required Secrets:**', secretLines(plan)),
    bullets('**Infrastructure Dependencies:**', plan.dependencies.map(dependencyLine)),
    ...rollbackBlocks(plan),
    '## Smoke Tests',
    lines('### Critical User Flows', plan.smokeTests.flatMap(flowLines)),
    bullets('### Health Checks', healthLines(plan.healthChecks)),
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
      plan.acceptanceCriteria
        .filter(({ text, line }, index, all) => !isSameLine({ text, line }, all[index - 1]))
        .flatMap(({ text, rule }) => provedLines(text, isProof(rule) ? rule : undefined)),
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function ofStage({ steps }: Plan, stage: Step['stage']): Step[] {
  return steps.filter((step) => step.stage === stage);
}

function stepBlock(heading: string, steps: readonly Step[], plan: Plan): string {
  return lines(
    heading,
    steps.flatMap((step) => printStep(step, plan)),
  );
}

function rollbackBlocks(plan: Plan): string[] {
  const { triggers, timeoutMs, dataLossMs, estimatedMs, steps } = plan.rollback;
  const settings = [
    `Timeout: ${formatDuration(timeoutMs)}`,
    ...(dataLossMs === null ? [] : [`Data loss: accepted up to ${formatDuration(dataLossMs)}`]),
    ...(triggers.some(({ mode }) => mode === 'shadow') ? ['Mode: shadow'] : []),
  ];
  const places = triggers.map(({ text, source }) => ({ text, line: source.line }));
  const written = places.filter((place, index) => !isSameLine(place, places[index - 1]));
  return [
    bullets('## Rollback Procedure\n', settings),
    bullets(
      '### Rollback Triggers',
      written.map(({ text }) => lead(text)),
    ),
    stepBlock('### Rollback Steps', steps, plan),
    ...(estimatedMs === undefined ? [] : [`**Estimated Rollback Time:** ${formatDuration(estimatedMs)}`]),
  ];
}

interface WrittenLine {
  readonly text: string;
  readonly line: number;
}

/** A line that names two metrics at once, as “CPU/Memory usage”, means two things. */
function isSameLine(one: WrittenLine, other: WrittenLine | undefined): boolean {
  return one.text === other?.text && one.line === other.line;
}

function isProof(rule: { kind: string }): rule is Proof {
  return rule.kind === 'evidence' || rule.kind === 'manual';
}

function provedLines(text: string, proof: Proof | undefined): string[] {
  if (!proof) return [`- ${boxed(text)}`];
  const line =
    proof.kind === 'evidence' ? `Evidence: ${writeEvidence(proof.evidence)}` : `Manual: ${writeDuty(proof.duty)}`;
  return [`- ${boxed(text)}`, `  - ${line}`];
}

function relationLines({ text, rule }: Plan['blocks'][number]): string[] {
  return [`- ${lead(text)}`, ...(rule.kind === 'manual' ? [`  - Manual: ${writeDuty(rule.duty)}`] : [])];
}
