import { kindOf, mutates, pauseOf } from '../steps/lookup.ts';
import type { RollbackNode, StepNode } from './document.ts';
import type { MonitoringNode } from './nodes.ts';
import { formatDuration } from '../values/duration.ts';
import { isNone } from './forms.ts';
import type { Line, Outline } from '../markdown/outline.ts';
import type { Report } from '../problems/report.ts';
import { start, type Place, type Span } from '../markdown/span.ts';
import { kindsLabelled, type StepDraft } from './step-forms.ts';

const floating = /^(?:latest|current|stable|main|master|head)$/i;

/** Warns of a version that means another build whenever there is a newer one. */
export function warnOfFloatingVersion(version: Span, report: Report): void {
  if (!floating.test(version.text)) return;
  const message = `“${version.text}” is another build tomorrow; a version names one, write it as 2.4.0`;
  report.warn(version, 'floating-version', message, '- Version: 2.4.0');
}

/** Warns of a step that changes something and that nothing undoes; `seen` are its labels, readable or not. */
export function warnOfNoUndo(step: StepDraft, seen: ReadonlySet<string>, line: Line, report: Report): void {
  if (step.stage === 'rollback' || line.damaged || isCovered(step, seen) || !changes(step, seen)) return;
  const message = `nothing undoes “${line.span.text}”; add \`- Undo:\`, \`- Mutates: no\` or \`- Irreversible: yes\``;
  report.warn(line.span, 'no-undo', message, '   - Undo: `command`');
}

function isCovered({ modifiers: { mutates: changing, irreversible } }: StepDraft, seen: ReadonlySet<string>): boolean {
  return seen.has('Undo') || (seen.has('Mutates') && !changing) || (seen.has('Irreversible') && irreversible !== false);
}

function changes({ meaning }: StepDraft, seen: ReadonlySet<string>): boolean {
  // A command that cannot be read changes something too.
  if (kindsLabelled(seen).some((kind) => kind.runsCommands && kind.mutates === true)) return true;
  if (meaning?.kind !== 'action') return false;
  return mutates(meaning.action) && kindOf(meaning.action).undo(meaning.action) === undefined;
}

/** Warns where production is deployed to and its smoke tests have no flow. */
export function warnOfNoFlow(outline: Outline, environments: readonly string[], report: Report): void {
  const flows = outline.sections.get('flows');
  const section = flows ?? outline.sections.get('smoke') ?? outline.sections.get('health');
  const hasFlow = flows?.lines.some(({ span }) => !isNone(span.text));
  if (!section || hasFlow || !environments.includes('production') || report.has('unclosed-fence')) return;
  const message = 'no critical user flow checks what production serves; write one, as “1. GET /health”';
  report.warn(section.heading, 'no-smoke-tests', message);
}

/** Warns of a watch that ends before it has the samples that it asks for. */
export function warnOfShortWatch(monitoring: MonitoringNode, at: Place | undefined, report: Report): void {
  const { watchMs, everyMs, minimumSamples = 1 } = monitoring;
  if (watchMs === undefined || everyMs === undefined) return;
  const ticks = Math.floor(watchMs / everyMs);
  if (ticks >= minimumSamples) return;
  const watch = `a watch of ${formatDuration(watchMs)} every ${formatDuration(everyMs)}`;
  const message = `${watch} gives ${ticks} samples, fewer than asked for, and can never pass; make it longer`;
  report.warn(at ?? start, 'never-passes', message);
}

/** Warns of an estimate that is shorter than what the steps say that they may take. */
export function warnOfShortRollback(rollback: RollbackNode, at: Place | undefined, report: Report): void {
  const { estimatedMs, steps } = rollback;
  if (estimatedMs === undefined) return;
  const contained = steps.reduce((sum, step) => sum + longest(step), 0);
  if (contained <= estimatedMs) return;
  const taken = formatDuration(contained);
  const message = `the estimated rollback time is ${formatDuration(estimatedMs)}, but the steps may take ${taken}; write ${taken}`;
  report.warn(at ?? start, 'short-rollback', message);
}

/** What the document itself says that a step may take. */
function longest({ meaning, modifiers }: StepNode): number {
  const pauseMs = meaning.kind === 'action' ? pauseOf(meaning.action) : undefined;
  return Math.max(modifiers.timeoutMs ?? 0, modifiers.waitUntil?.withinMs ?? 0, pauseMs ?? 0);
}
