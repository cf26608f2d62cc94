import type { Plan } from '../plan/plan.ts';
import type { Evidence } from '../plan/values.ts';
import { evidenceReadBy } from '../steps/lookup.ts';
import type { Needs } from './needs.ts';

/** Whether the path leads below one of the folders by its words alone: without a step up. */
export function isBelow(path: string, folders: readonly string[]): boolean {
  return !path.split('/').includes('..') && folders.some((folder) => path.startsWith(`${folder.replace(/\/$/, '')}/`));
}

/** Where log files named by an absolute path may lie: in the folder of the releases, and in those that the profile lists. */
export function logFoldersOf({ delivery, logFolders = [] }: Pick<Plan, 'delivery' | 'logFolders'>): string[] {
  const root = delivery?.root;
  return [...(root === undefined || root === null ? [] : [root]), ...logFolders];
}

/**
 * Each log file that the plan names outside of where logs may lie, once, with the entry to add. A path that begins with a variable is left
 * to the preflight.
 */
export function checkLogs(plan: Plan, needs: Needs): void {
  if (!needs.profile) return;
  const folders = logFoldersOf(plan);
  const reported = new Set<string>();
  for (const { title, line, evidence } of readLogs(plan)) {
    if (evidence.reader !== 'log') continue;
    for (const file of evidence.files) {
      if (reported.has(file) || !isOutside(file, folders)) continue;
      reported.add(file);
      needs.profileItem(line, 'logs', JSON.stringify(folderOf(file)), `${title} reads ${file}`);
    }
  }
}

const isOutside = (file: string, folders: readonly string[]): boolean =>
  file.startsWith('/') ? !isBelow(file, folders) : file.split('/').includes('..');

/** Down to the first part that is a pattern, a variable or a step up. */
function folderOf(file: string): string {
  const parts = file.split('/').slice(0, -1);
  const end = parts.findIndex((part) => part === '..' || /[*?[{!(]/.test(part));
  return (end < 0 ? parts : parts.slice(0, end)).join('/') || '/var/log';
}

function readLogs({ steps, rollback, monitoring, acceptanceCriteria, documentation }: Plan) {
  const found: { title: string; line: number; evidence: Evidence }[] = [];
  for (const { title, action, source } of [...steps, ...rollback.steps]) {
    const evidence = evidenceReadBy(action);
    if (evidence) found.push({ title, line: source.line, evidence });
  }
  for (const { text, line, rule } of acceptanceCriteria)
    if (rule.kind === 'evidence') found.push({ title: text, line, evidence: rule.evidence });
  for (const { text, source, proof } of documentation)
    if (proof.kind === 'evidence') found.push({ title: text, line: source.line, evidence: proof.evidence });
  if (monitoring.logs)
    found.push({ title: 'the watch', line: monitoring.metrics[0]?.source.line ?? 1, evidence: monitoring.logs });
  return found;
}
