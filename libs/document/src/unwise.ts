import { placeOf } from './check-across.ts';
import type { DeploymentDocument, StepNode } from './document.ts';
import { formatDuration } from './duration.ts';
import type { Report } from './report.ts';

/** Warns of what is legal and will be regretted. */
export function warnOfUnwise(document: DeploymentDocument, report: Report): void {
  for (const step of document.steps) {
    if (!lacksUndo(step)) continue;
    const message = `nothing undoes “${step.title}”; add \`- Undo:\`, \`- Mutates: no\` or \`- Irreversible: yes\``;
    report.warn(placeOf(step.source.line, document), 'no-undo', message, '   - Undo: `command`');
  }
  const { environments } = document.scope;
  if (environments.includes('production') && document.smokeTests.length === 0) {
    report.warn({ line: 1, column: 1 }, 'no-smoke-tests', 'no critical user flow checks what production serves');
  }
  warnOfShortWatch(document, report);
  warnOfShortRollback(document, report);
}

function lacksUndo({ meaning, modifiers }: StepNode): boolean {
  if (meaning.kind !== 'action' || modifiers.undo || modifiers.irreversible || modifiers.mutates === false)
    return false;
  const { action } = meaning;
  return action.kind === 'run' || (action.kind === 'request' && !['GET', 'HEAD'].includes(action.request.method));
}

function warnOfShortWatch({ monitoring, columns }: DeploymentDocument, report: Report): void {
  const { watchMs, everyMs, minimumSamples, thresholds } = monitoring;
  const first = thresholds[0] ?? monitoring.metrics[0];
  const at = { line: first?.source.line ?? 1, column: columns.get(first?.source.line ?? 1) ?? 1 };
  if (watchMs === undefined || everyMs === undefined) return;
  const ticks = Math.floor(watchMs / everyMs);
  if (ticks < (minimumSamples ?? 1)) {
    const message = `a watch of ${formatDuration(watchMs)} every ${formatDuration(everyMs)} gives ${ticks} samples, fewer than asked for; it can never pass`;
    report.warn(at, 'never-passes', message);
  }
}

function warnOfShortRollback({ rollback }: DeploymentDocument, report: Report): void {
  const { estimatedMs, steps } = rollback;
  if (estimatedMs === undefined) return;
  const contained = steps.reduce((sum, step) => sum + longest(step), 0);
  if (contained <= estimatedMs) return;
  const line = steps.find((step) => longest(step) > 0)!.source.line;
  const message = `the estimated rollback time is ${formatDuration(estimatedMs)}, but the steps may take ${formatDuration(contained)}`;
  report.warn({ line, column: 1 }, 'short-rollback', message);
}

/** What the document itself says that a step may take. */
function longest({ meaning, modifiers }: StepNode): number {
  const waited = meaning.kind === 'action' && meaning.action.kind === 'wait' ? meaning.action.ms : 0;
  return Math.max(modifiers.timeoutMs ?? 0, modifiers.waitUntil?.withinMs ?? 0, waited);
}
