import { comparisonPattern } from '../values/comparison.ts';
import type { RollbackNode, StepNode } from './document.ts';
import type { TriggerNode, TriggerRule } from './nodes.ts';
import { formOf, isNone, readForms, rejectNested, type Forms } from './forms.ts';
import { looksLikeLimit, readLimits } from '../values/limits.ts';
import { metricAliases, type Queries } from '../values/metrics.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Line, Outline } from '../markdown/outline.ts';
import { parseQuantity, type Quantity } from '../values/quantity.ts';
import { linesOf } from './read-configuration.ts';
import type { Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import { readDataLoss } from '../steps/restore.ts';
import { warnOfShortRollback } from './unwise.ts';

type Setting = 'mode' | 'timeoutMs' | 'dataLossMs' | 'estimatedMs';
type Draft = { -readonly [Key in Setting]?: RollbackNode[Key] } & { estimate?: Span };

const settingForms: Forms<Draft> = [
  {
    label: 'Mode',
    read: ({ span }, draft, reading) => {
      if (reading.oneOf(span, ['active', 'shadow']) === 'shadow') draft.mode = 'shadow';
    },
  },
  {
    label: 'Timeout',
    read: ({ span }, draft, reading) => {
      const timeoutMs = reading.duration(span);
      if (timeoutMs !== undefined) draft.timeoutMs = timeoutMs;
    },
  },
  {
    label: 'Data loss',
    read: ({ span }, draft, reading) => {
      const dataLossMs = readDataLoss(span, reading);
      if (dataLossMs !== undefined) draft.dataLossMs = dataLossMs;
    },
  },
  { label: 'Estimated Rollback Time', read: ({ span }, draft, reading) => readEstimate(span, draft, reading) },
];

export const rollbackLabels = settingForms.map(({ label }) => label);

/** Reads *Rollback Procedure*; its settings may stand directly below it or among the triggers. */
export function readRollback(
  outline: Outline,
  steps: readonly StepNode[],
  queries: Queries,
  reading: Reading,
): RollbackNode {
  const draft: Draft = {};
  const triggers = linesOf(outline.sections.get('triggers'), reading);
  const isSetting = (line: Line): boolean => formOf(line.span, settingForms) !== undefined;
  const settings = [...linesOf(outline.sections.get('rollback'), reading), ...triggers.filter(isSetting)];
  readForms(settings, settingForms, draft, '*Rollback Procedure*', reading);
  const time = outline.sections.get('rollback-time');
  const estimates = [...(time?.value ? [time.value] : []), ...linesOf(time, reading).map(({ span }) => span)];
  for (const span of estimates) readEstimate(span, draft, reading);
  const { estimate, ...read } = draft;
  const rollback = {
    triggers: triggers.filter((line) => !isSetting(line)).flatMap((line) => readTrigger(line, queries, reading)),
    steps,
    ...read,
  };
  warnOfShortRollback(rollback, estimate, reading.report);
  return rollback;
}

function readEstimate(span: Span, draft: Draft, reading: Reading): void {
  if (isNone(span.text)) return;
  const value = span.slice(/^(?:about|approximately|~)\s*/i.exec(span.text)?.[0].length ?? 0);
  const estimatedMs = reading.duration(value, { zero: true });
  if (draft.estimate)
    reading.report.error(span, 'repeated-line', 'the estimated time stands twice; remove one of them');
  else if (estimatedMs !== undefined) Object.assign(draft, { estimatedMs, estimate: value });
}

const phrases: readonly { text: string; pattern: RegExp; kind: 'smoke-tests' | 'critical-flow' | 'manual' }[] = [
  { text: 'Smoke tests fail', pattern: /^(?:any |the )?smoke tests? fails?$/i, kind: 'smoke-tests' },
  {
    text: 'Critical functionality broken',
    pattern: /^(?:a |any )?critical functionality (?:is )?broken$/i,
    kind: 'critical-flow',
  },
  { text: 'Manual trigger required', pattern: /^manual trigger(?: required)?$/i, kind: 'manual' },
];

/** Prometheus allows any text as an alert's name; one of several words stands in backticks. */
const firingAlert = /^alert\s+(?:`([^`]+)`|([^\s`]+))\s+fires$/i;

const degradation = new RegExp(`^performance degradation\\s*(?:${comparisonPattern})`, 'i');

function readTrigger(line: Line, queries: Queries, reading: Reading): TriggerNode[] {
  rejectNested(line, false, reading);
  const span = line.span.slice(0, line.span.text.replace(/[.;]+$/, '').length);
  return readRules(span, queries, reading).map((rule) => ({ text: span.text, rule, source: { line: span.line } }));
}

function readRules(span: Span, queries: Queries, reading: Reading): TriggerRule[] {
  const phrase = phrases.find(({ pattern }) => pattern.test(span.text));
  if (phrase) return [{ kind: phrase.kind }];
  const alert = firingAlert.exec(span.text);
  if (alert) return [{ kind: 'alert', alert: alert[1] ?? alert[2]! }];
  if (degradation.test(span.text)) return readDegradation(span, reading);
  if (looksLikeLimit(span)) return readLimits(span, queries, reading).map((limit) => ({ kind: 'limit', limit }));
  reportTrigger(span, reading);
  return [];
}

const degradationPattern =
  /^performance degradation\s*(>|exceeds|above|>=)\s*(.+?)(?:\s+beyond\s+(.+?))?(?:\s+over\s+(.+?))?(?:\s+for\s+(.+))?$/i;

function readDegradation(span: Span, reading: Reading): TriggerRule[] {
  const found = degradationPattern.exec(span.text);
  if (!found) {
    reading.report.error(span, 'bad-value', 'expected “Performance degradation > 50%”');
    return [];
  }
  const value = found[2]!;
  const quantity = parseQuantity(value);
  if (quantity?.unit !== 'ratio') {
    reportRatio(value, quantity, span.slice(span.text.indexOf(value)), reading);
    return [];
  }
  const [beyond, over, lasting] = (['beyond', 'over', 'for'] as const).map((word, index) => {
    const text = found[3 + index];
    if (text === undefined) return undefined;
    const start = span.text.search(new RegExp(`\\s${word}\\s+`, 'i'));
    return reading.duration(span.slice(span.text.indexOf(text, start)).slice(0, text.length), {
      zero: word === 'beyond',
    });
  });
  return [
    {
      kind: 'degradation',
      ratio: quantity.value,
      ...(typeof beyond === 'number' && { beyondMs: beyond }),
      ...(typeof lasting === 'number' && { forMs: lasting }),
      ...(typeof over === 'number' && { overMs: over }),
    },
  ];
}

function reportRatio(value: string, quantity: Quantity | undefined, at: Span, reading: Reading): void {
  if (quantity?.unit === 'none') reading.report.error(at, 'missing-unit', `“${value}” has no unit; write ${value}%`);
  else if (quantity) reading.report.error(at, 'wrong-unit', `“${value}” is not a share of the baseline; write 50%`);
  else reading.report.error(at, 'bad-value', `“${value}” is not a value; write 50%`);
}

function reportTrigger(span: Span, reading: Reading): void {
  const texts = [...phrases.map(({ text }) => text), 'Performance degradation > 50%', 'Error rate exceeds 5%'];
  const metric = Object.keys(metricAliases).find((name) => span.text.toLowerCase().startsWith(name));
  const advice = metric
    ? `; write “${metric} > value”`
    : `; write one of: ${texts.join(' · ')} · METRIC > VALUE for 1m · Alert NAME fires`;
  reading.report.error(span, 'unknown-line', `“${span.text}” is not a trigger${advice}${didYouMean(span.text, texts)}`);
}
