import { formatDuration } from './duration.ts';
import { findPhrase, procedurePhrases, rollbackPhrases } from './phrases.ts';
import type { Command, Request, Step } from './plan.ts';
import { loose } from './span.ts';
import { code, writeClause, writeDuty, writeEvidence, writeFailure, writeRequest } from './write-values.ts';

/** A numbered item: its title, what it does unless the title says so, and how. */
export function printStep(step: Step): string[] {
  const lines = [...(saysItself(step) ? [] : actionLines(step)), ...modifierLines(step)];
  return [`${step.number}. ${step.title}`, ...lines.map((line) => `   ${line}`)];
}

/** A known phrase whose meaning comes from elsewhere. */
function saysItself({ title, origin, stage, action }: Step): boolean {
  if (!findPhrase(loose(title), stage === 'rollback' ? rollbackPhrases : procedurePhrases)) return false;
  return origin !== 'document' || ['backup', 'section', 'revert', 'restore', 'not-applicable'].includes(action.kind);
}

function actionLines({ action }: Step): string[] {
  switch (action.kind) {
    case 'run':
      return [...labelledCommands('Run', action.commands), ...(action.shell ? ['- Shell: yes'] : [])];
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
      return [`- Notify: ${action.channel}`];
    case 'wait':
      return [`- Wait: ${formatDuration(action.ms)}`];
    case 'manual':
      return [`- Manual: ${writeDuty(action.duty)}`];
    case 'traffic':
    case 'section':
    case 'revert':
    case 'not-applicable':
      return [];
  }
}

/** Headers, and the body: in a fence where it has lines. */
export function requestLines({ headers = {}, body }: Request): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `- Header: ${code(`${name}: ${value}`)}`);
  if (body === undefined) return lines;
  const inline = body.length < 1_000 && !/\n/.test(body);
  return [...lines, ...(inline ? [`- Body: ${code(body)}`] : ['- Body:', ...fenced(body.split('\n'), '')])];
}

function labelledCommands(label: string, commands: readonly Command[]): string[] {
  if (commands.length === 1) return [`- ${label}: ${code(commands[0]!.text)}`];
  return [
    `- ${label}:`,
    ...fenced(
      commands.map(({ text }) => text),
      'sh',
    ),
  ];
}

function fenced(lines: readonly string[], info: string): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map((run) => run[0].length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${info}`, ...lines, fence].map((line) => `  ${line}`);
}

function longStep(id: string): string {
  const [stage, number] = id.split('.');
  return `${{ pre: 'pre-deployment', deploy: 'deployment', post: 'post-deployment' }[stage ?? ''] ?? ''} step ${number}`.trim();
}

function modifierLines(step: Step): string[] {
  const { action, undo, waitUntil, retry, probe, onlyIn } = step;
  return [
    ...(undo?.kind === 'run' ? labelledCommands('Undo', undo.commands) : []),
    ...(undo?.kind === 'run' && undo.shell && action.kind !== 'run' ? ['- Shell: yes'] : []),
    ...(undo?.kind === 'none' ? ['- Undo: none'] : []),
    ...(step.expected.length > 0 ? [`- Expected: ${step.expected.map(writeClause).join(', ')}`] : []),
    `- Failure: ${writeFailure(step.onFailure)}`,
    ...(retry ? [`- Retry: ${retry.times} times every ${formatDuration(retry.everyMs)}`] : []),
    `- Timeout: ${formatDuration(step.timeoutMs)}`,
    ...(waitUntil
      ? [`- Wait until: ${code(waitUntil.command.text)} exits 0 within ${formatDuration(waitUntil.withinMs)}`]
      : []),
    ...(onlyIn ? [`- Only in: ${onlyIn.join(', ')}`] : []),
    `- Effect: ${step.effect}`,
    ...(probe ? [`- Probe: ${code(probe.text)}`] : []),
    ...(step.irreversible ? ['- Irreversible: yes'] : []),
    `- Mutates: ${step.mutates ? 'yes' : 'no'}`,
    ...(step.directory === undefined ? [] : [`- Directory: ${code(step.directory)}`]),
    ...(action.kind === 'restore' && action.dataLossMs !== null
      ? [`- Data loss: accepted up to ${formatDuration(action.dataLossMs)}`]
      : []),
  ];
}
