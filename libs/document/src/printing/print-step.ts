import { isNone } from '../reading/forms.ts';
import { formatDuration } from '../values/duration.ts';
import { findPhrase, procedurePhrases, rollbackPhrases } from '../values/phrases.ts';
import type { Command } from '../plan/values.ts';
import type { Action, Plan, Step } from '../plan/plan.ts';
import { requestLines } from './print-checks.ts';
import { fenceBelow, numbered } from './print-lines.ts';
import { plainTitle } from '../reading/read-steps.ts';
import { loose } from '../markdown/span.ts';
import { writeTraffic } from '../values/traffic.ts';
import {
  bare,
  code,
  isShort,
  lead,
  writeClause,
  writeDuty,
  writeEvidence,
  writeFailure,
  writeRequest,
} from './write-values.ts';

/** A numbered item: its title, what it does unless the title says so, and how. */
export function printStep(step: Step, plan: Plan): string[] {
  const acting = saysItself(step, plan) ? [] : actionLines(step, plan);
  return numbered(step.number, writeTitle(step.title), [...acting, ...modifierLines(step, acting)]);
}

/** A title whose emphasis is its own, or that would say that there is none, stands in emphasis. */
function writeTitle(title: string): string {
  return lead(isNone(title) || plainTitle(loose(title)).text !== title ? `**${title}**` : title);
}

function phraseOf({ title, stage }: Step): string | undefined {
  return findPhrase(loose(title), stage === 'rollback' ? rollbackPhrases : procedurePhrases)?.name;
}

/** A known phrase whose meaning comes from elsewhere. */
function saysItself(step: Step, plan: Plan): boolean {
  const { origin, stage, action } = step;
  if (phraseOf(step) === undefined) return false;
  if (action.kind === 'backup') return phraseOf(step) === 'backup' && isOfAllDatabases(action, plan);
  if (action.kind === 'not-applicable') return stage !== 'rollback';
  return origin !== 'document' || action.kind === 'section';
}

function isOfAllDatabases({ urls }: Action & { kind: 'backup' }, { dependencies }: Plan): boolean {
  const all = dependencies.flatMap(({ check }) => (check.kind === 'postgresql' ? [check.url] : []));
  return urls.length === all.length && urls.every((url, index) => url === all[index]);
}

function actionLines({ action }: Step, plan: Plan): string[] {
  switch (action.kind) {
    case 'run':
      return [...labelledCommands('Run', action.commands), ...(action.shell ? [shell] : [])];
    case 'checkout':
      return [`- Checkout: ${code(action.repository)} at ${code(action.ref)} into ${code(action.into)}`];
    case 'backup':
      return action.urls.map((url) => `- Backup: PostgreSQL ${code(url)}`);
    case 'restore':
      return [`- Restore: backup of ${longStep(action.step)}`];
    case 'request':
      return [`- Request: ${writeRequest(action.request)}`, ...requestLines(action.request)];
    case 'evidence':
      return [`- Evidence: ${writeEvidence(action.evidence)}`];
    case 'deploy':
      return [`- Deploy: ${action.deployer}`];
    case 'notify':
      return [`- Notify: ${bare(action.channel)}`];
    case 'wait':
      return [`- Wait: ${formatDuration(action.ms)}`];
    case 'manual':
      return [`- Manual: ${writeDuty(action.duty)}`];
    case 'not-applicable':
      return unusedBackup(plan);
    case 'traffic':
      return [`- Traffic: ${writeTraffic(action)}`];
    case 'weights':
    case 'section':
    case 'revert':
      return [];
  }
}

/** What a rollback does not apply is the restoring of a backup that is none, for want of a database. */
function unusedBackup({ steps }: Plan): string[] {
  const unused = steps.find((step) => step.action.kind === 'not-applicable' && phraseOf(step) === 'backup');
  return unused ? [`- Restore: backup of ${longStep(unused.id)}`] : [];
}

const shell = '- Shell: yes';

/** One command in backticks; several, or one that is long, in a fence. */
function labelledCommands(label: string, commands: readonly Command[]): string[] {
  const [first] = commands;
  const inline = commands.length === 1 && (isShort(first!.text) || !isLineOfFence(first!.text));
  if (inline) return [`- ${label}: ${code(first!.text)}`];
  return [
    `- ${label}:`,
    ...fenceBelow(
      commands.map(({ text }) => text),
      'sh',
    ),
  ];
}

function isLineOfFence(text: string): boolean {
  return text === text.trim() && !text.startsWith('#');
}

function longStep(id: string): string {
  const [stage, number] = id.split('.');
  return `${{ pre: 'pre-deployment', deploy: 'deployment', post: 'post-deployment' }[stage ?? ''] ?? ''} step ${number}`.trim();
}

function modifierLines(step: Step, acting: readonly string[]): string[] {
  const { action, undo, waitUntil, retry, probe, onlyIn } = step;
  return [
    ...(undo?.kind === 'run' ? labelledCommands('Undo', undo.commands) : []),
    ...(undo?.kind === 'run' && undo.shell && !acting.includes(shell) ? [shell] : []),
    ...(undo?.kind === 'none' ? ['- Undo: none'] : []),
    ...(step.expected.length > 0 ? [`- Expected: ${step.expected.map(writeClause).join(', ')}`] : []),
    `- Failure: ${writeFailure(step.onFailure)}`,
    ...(retry ? [`- Retry: ${retry.times} times every ${formatDuration(retry.everyMs)}`] : []),
    `- Timeout: ${formatDuration(step.timeoutMs)}`,
    ...(waitUntil
      ? [`- Wait until: ${code(waitUntil.command.text)} exits 0 within ${formatDuration(waitUntil.withinMs)}`]
      : []),
    ...(onlyIn ? [`- Only in: ${onlyIn.map(bare).join(', ')}`] : []),
    ...(action.kind === 'manual' ? [] : [`- Effect: ${step.effect}`]),
    ...(probe ? [`- Probe: ${code(probe.text)}`] : []),
    ...(step.irreversible ? ['- Irreversible: yes'] : []),
    `- Mutates: ${step.mutates ? 'yes' : 'no'}`,
    ...(step.directory === undefined ? [] : [`- Directory: ${code(step.directory)}`]),
    ...(action.kind === 'restore' && action.dataLossMs !== null
      ? [`- Data loss: accepted up to ${formatDuration(action.dataLossMs)}`]
      : []),
  ];
}
