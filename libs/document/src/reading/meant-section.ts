import type { Block } from '../markdown/markdown.ts';
import { outlineOfList, type Outline } from '../markdown/outline.ts';
import { readFlows } from './read-flows.ts';
import { readHealthChecks } from './read-health.ts';
import { readMonitoring } from './read-monitoring.ts';
import { readRollback } from './read-rollback.ts';
import { readSteps } from './read-steps.ts';
import { Reading } from './reading.ts';
import { Report } from '../problems/report.ts';
import type { SectionKey } from '../markdown/sections.ts';

type List = Block & { readonly kind: 'list' };
/** How many lines of a section a list has, or that it has none. */
type Count = (outline: Outline, reading: Reading) => number;

const noQueries = new Map<string, string>();
const steps =
  (key: SectionKey & ('pre' | 'deploy' | 'post')): Count =>
  ({ sections }, reading) =>
    readSteps(sections.get(key), key, reading).length;

/** What may stand below each heading, where a list would be lost below another one. */
const counts: Partial<Record<SectionKey, Count>> = {
  deploy: steps('deploy'),
  pre: steps('pre'),
  post: steps('post'),
  triggers: (outline, reading) => readRollback(outline, [], noQueries, reading).triggers.length,
  'rollback-steps': ({ sections }, reading) => readSteps(sections.get('rollback-steps'), 'rollback', reading).length,
  flows: (outline, reading) => readFlows(outline, reading).length,
  health: (outline, reading) => readHealthChecks(outline, reading).length,
  metrics: (outline, reading) => readMonitoring(outline, noQueries, reading).metrics.length,
  thresholds: (outline, reading) => readMonitoring(outline, noQueries, reading).thresholds.length,
};

const families: readonly (readonly SectionKey[])[] = [
  ['procedure', 'deploy', 'pre', 'post'],
  ['rollback', 'triggers', 'rollback-steps', 'rollback-time'],
  ['smoke', 'flows', 'health'],
  ['monitoring', 'thresholds', 'metrics'],
];

/**
 * The section of which most items of a list are lines, where the list stands below a heading that is none within that section's
 * procedure, tests or monitoring; half of them are enough where the section is not there. Of several the one that reads most.
 */
export function meantSection(
  within: SectionKey,
  list: List,
  isThere: (key: SectionKey) => boolean,
  isLabel: (text: string) => boolean,
): SectionKey | undefined {
  const family = families.find((keys) => keys.includes(within)) ?? [];
  const all = list.items.length;
  const possible = family
    .map((key) => ({ key, read: readIn(key, list, isLabel) }))
    .filter(({ key, read }) => 2 * read > all || (read > 0 && 2 * read === all && !isThere(key)))
    .sort((a, b) => b.read - a.read || Number(isThere(a.key)) - Number(isThere(b.key)));
  return possible[0]?.key;
}

/** How many items of the list are lines of the section, and right. */
function readIn(key: SectionKey, list: List, isLabel: (text: string) => boolean): number {
  const count = counts[key];
  if (!count) return 0;
  const report = new Report();
  const outline = outlineOfList(key, list, isLabel, report);
  return Math.min(count(outline, new Reading(report)), list.items.length - report.errorCount);
}
