import { codeContent, match, pattern, splitOutsideCode } from '../markdown/code-spans.ts';
import { readClauses, type Subject } from '../values/clauses.ts';
import type { Meaning, Modifiers } from './document.ts';
import { durationPattern } from '../values/duration.ts';
import { readDuty, readDutyName, readEvidence } from '../values/evidence.ts';
import type { Form, Forms, Value } from './forms.ts';
import { deployers, laterDeployers } from '../values/deployers.ts';
import { didYouMean } from '../problems/nearest.ts';
import { readEnvironment } from '../values/environments.ts';
import { readRef, readRepository } from '../values/repositories.ts';
import type { Command, OnFailure, Stage } from '../plan/values.ts';
import type { Action } from '../plan/plan.ts';
import { readBody, readHeader, readRequest } from '../values/requests.ts';
import { ownShell, type Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import { readTraffic } from '../values/traffic.ts';

/** A step while its sub-bullets are read. */
export interface StepDraft {
  readonly stage: Stage;
  readonly shell: boolean;
  meaning?: Meaning;
  readonly modifiers: Modifiers;
  readonly headers: Record<string, string>;
  body?: string;
  /** Read when the action is known, which decides what can be expected. */
  expected?: Span;
}

type StepForm = Form<StepDraft>;

function action(
  label: string,
  read: (value: Value, draft: StepDraft, reading: Reading) => Action | undefined,
): StepForm {
  return {
    label,
    fence: label === 'Run',
    required: true,
    read: (value, draft, reading) => {
      const found = read(value, draft, reading);
      if (found) draft.meaning = { kind: 'action', action: found };
    },
  };
}

const checkout = pattern(String.raw`(?<url>CODE|\S+) at (?<ref>CODE|\S+)(?: into (?<into>CODE|\S+))?`);
const backup = pattern(String.raw`(?<engine>[A-Za-z]+) (?<url>CODE|\S+)`);
const restore = /^(?:the )?backup(?: of (?:(?:pre-deployment|deployment|post-deployment) )?step \d+)?$/i;
const retry = pattern(String.raw`(?<times>\d+) times? every (?<every>${durationPattern})`);
const waitUntil = pattern(String.raw`(?<command>CODE) exits 0 within (?<time>${durationPattern})`);

/** The labels that say what a step does. */
export const actionForms: Forms<StepDraft> = [
  action('Run', (value, draft, reading) => {
    const commands = readCommands(value, draft.shell, reading);
    return commands && { kind: 'run', commands, shell: draft.shell };
  }),
  action('Checkout', ({ span }, _draft, reading) => {
    const groups = match(span, checkout);
    if (!groups)
      return reading.report.error(span, 'bad-value', 'expected `url` at `ref`, and `into` a path if need be');
    const into = groups['into'] ? reading.path(groups['into']) : 'source';
    const repository = readRepository(reading.argument(groups['url']!), reading);
    const ref = readRef(reading.argument(groups['ref']!), reading);
    if (into === undefined || repository === undefined || ref === undefined) return undefined;
    return { kind: 'checkout', repository, ref, into };
  }),
  action('Backup', ({ span }, _draft, reading) => {
    const groups = match(span, backup);
    if (!groups)
      return reading.report.error(
        span,
        'bad-value',
        'expected a database and its URL, as PostgreSQL `${DATABASE_URL}`',
      );
    if (!/^postgres(?:ql)?$/i.test(groups['engine']!.text)) {
      return reading.report.error(
        groups['engine']!,
        'unsupported',
        `backups of ${groups['engine']!.text} are not supported in this version`,
      );
    }
    return { kind: 'backup', engine: 'postgresql', urls: [reading.text(reading.bare(groups['url']!)).text] };
  }),
  {
    label: 'Restore',
    required: true,
    read: ({ span }, draft, reading) => {
      if (draft.stage !== 'rollback')
        reading.report.error(span, 'wrong-modifier', '`Restore:` belongs to a step of *Rollback Steps*');
      else if (!restore.test(span.text))
        reading.report.error(span, 'bad-value', 'expected “backup” or “backup of pre-deployment step 3”');
      else draft.meaning = { kind: 'phrase', phrase: 'restore', argument: span.text, optional: false };
    },
  },
  action('Request', ({ span }, _draft, reading) => {
    const request = readRequest(span, reading);
    return request && { kind: 'request', request };
  }),
  action('Evidence', ({ span }, _draft, reading) => {
    const evidence = readEvidence(span, reading);
    return evidence && { kind: 'evidence', evidence };
  }),
  action('Deploy', ({ span }, _draft, reading) => {
    const later = laterDeployers.find((each) => each === reading.bare(span).text.toLowerCase());
    if (later) {
      const message = `the deployer ${later} is not supported in this version; release is`;
      return reading.report.error(span, 'unsupported', message, 'Deploy: release');
    }
    const deployer = reading.oneOf(span, deployers);
    return deployer && { kind: 'deploy', deployer, parts: ['place', 'configure', 'activate'] };
  }),
  action('Traffic', ({ span }, _draft, reading) => readTraffic(span, reading)),
  action('Notify', ({ span }, draft, reading) => {
    const channel = readChannel(span, reading);
    return channel === undefined
      ? undefined
      : { kind: 'notify', channel, about: draft.stage === 'rollback' ? 'rollback' : 'step' };
  }),
  action('Wait', ({ span }, _draft, reading) => {
    const ms = reading.duration(span);
    return ms === undefined ? undefined : { kind: 'wait', ms };
  }),
  action('Manual', ({ span }, _draft, reading) => {
    const duty = readDuty(span, reading);
    return duty && { kind: 'manual', duty };
  }),
];

/** The labels that say how. */
export const modifierForms: Forms<StepDraft> = [
  {
    label: 'Undo',
    fence: true,
    none: (draft) => void (draft.modifiers.undo = { kind: 'none' }),
    read: (value, draft, reading) => {
      const commands = readCommands(value, draft.shell, reading);
      if (draft.stage === 'rollback')
        reading.report.error(value.line.span, 'wrong-modifier', 'a rollback step is not undone; remove `Undo:`');
      else if (commands) draft.modifiers.undo = { kind: 'run', commands, shell: draft.shell };
    },
  },
  { label: 'Expected', read: ({ span }, draft) => void (draft.expected = span) },
  {
    label: 'Failure',
    read: ({ span }, draft, reading) => {
      const onFailure = readOnFailure(span, reading);
      if (onFailure === 'rollback' && draft.stage === 'rollback') {
        reading.report.error(
          span,
          'wrong-modifier',
          'a rollback step cannot itself be rolled back; write Stop, Continue or Ask DUTY',
        );
      } else if (onFailure) draft.modifiers.onFailure = onFailure;
    },
  },
  {
    label: 'Retry',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'retry', readRetry(span, reading)),
  },
  {
    label: 'Timeout',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'timeoutMs', reading.duration(span)),
  },
  {
    label: 'Wait until',
    read: ({ span }, draft, reading) => {
      const groups = match(span, waitUntil);
      if (!groups) return reading.report.error(span, 'bad-value', 'expected `command` exits 0 within 30s');
      const command = reading.command(groups['command']!, false, ownShell);
      const withinMs = reading.duration(groups['time']!);
      if (command && withinMs !== undefined) draft.modifiers.waitUntil = { command, withinMs };
    },
  },
  {
    label: 'Only in',
    read: ({ span }, draft, reading) => {
      draft.modifiers.onlyIn = splitOutsideCode(span, /,/g).flatMap(
        (part) => readEnvironment(reading.bare(part), reading) ?? [],
      );
    },
  },
  {
    label: 'On',
    read: ({ span }, _draft, reading) => {
      if (reading.bare(span).text.toLowerCase() !== 'local')
        reading.report.error(span, 'unsupported', 'steps on other hosts are not supported in this version');
    },
  },
  {
    label: 'Effect',
    read: ({ span }, draft, reading) => {
      const effect = reading.oneOf(span, ['idempotent', 'keyed', 'reattachable', 'opaque']);
      assign(draft.modifiers, 'effect', effect);
    },
  },
  {
    label: 'Probe',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'probe', reading.command(span, false, ownShell)),
  },
  {
    label: 'Irreversible',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'irreversible', reading.yes(span)),
  },
  { label: 'Mutates', read: ({ span }, draft, reading) => assign(draft.modifiers, 'mutates', reading.yes(span)) },
  {
    label: 'Directory',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'directory', reading.path(span)),
  },
  { label: 'Shell', read: ({ span }, _draft, reading) => void reading.yes(span) },
  {
    label: 'Header',
    repeats: true,
    read: ({ span }, draft, reading) => {
      const header = readHeader(span, reading);
      if (header) draft.headers[header[0]] = header[1];
    },
  },
  { label: 'Body', fence: true, read: (value, draft, reading) => assign(draft, 'body', readBody(value, reading)) },
  {
    label: 'Data loss',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'dataLossMs', readDataLoss(span, reading)),
  },
];

function assign<Target, Key extends keyof Target>(target: Target, key: Key, value: Target[Key] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** Commands of a fence, one per line, or the one in backticks. */
function readCommands({ span, line }: Value, shell: boolean, reading: Reading): Command[] | undefined {
  const [fence] = line.fences;
  if (!fence) {
    const command = reading.command(span, shell);
    return command && [command];
  }
  if (!span.isEmpty)
    return reading.report.error(span, 'bad-value', 'expected a command in backticks or a fence, not both');
  const texts = fence.lines.filter(({ text }) => text.trim() !== '' && !text.trimStart().startsWith('#'));
  if (texts.length === 0)
    return reading.report.error(fence.at, 'missing-value', 'this fence has no command; write one on each line');
  const commands = texts.map((text) => reading.commandText(text.trim(), shell));
  return commands.every((command) => command !== undefined) ? commands : undefined;
}

export function readOnFailure(span: Span, reading: Reading): OnFailure | undefined {
  const text = span.text.replace(/\.$/, '').toLowerCase();
  if (text === 'stop' || text === 'continue') return text;
  if (text === 'rollback immediately' || text === 'rollback') return 'rollback';
  const asked = /^ask (\S+)$/i.exec(span.text);
  const duty = asked && readDutyName(reading.bare(span.slice(4).trim()), reading);
  if (asked) return duty ? `ask:${duty}` : undefined;
  const near = didYouMean(text, ['Stop', 'Continue', 'Rollback immediately']);
  const message = `expected Stop, Continue, Rollback immediately or Ask DUTY, not “${span.text}”${near}`;
  return reading.report.error(span, 'bad-value', message, 'Failure: Rollback immediately');
}

export function readRetry(span: Span, reading: Reading): { times: number; everyMs: number } | undefined {
  const groups = match(span, retry);
  if (!groups)
    return reading.report.error(
      span,
      'bad-value',
      `expected a number and a pause, as “3 times every 1s”, not “${span.text}”`,
    );
  const times = reading.count(groups['times']!, 'how often');
  const everyMs = reading.duration(groups['every']!);
  return times === undefined || everyMs === undefined ? undefined : { times, everyMs };
}

/** `accepted up to 15m` */
export function readDataLoss(span: Span, reading: Reading): number | undefined {
  const found = /^accepted up to /i.exec(span.text);
  if (found) return reading.duration(span.slice(found[0].length).trim());
  return reading.report.error(span, 'bad-value', 'expected “accepted up to 15m”', 'Data loss: accepted up to 15m');
}

/** A channel's name, as #team-orders or on-call. */
export function readChannel(span: Span, reading: Reading): string | undefined {
  const value = codeContent(span) ?? span;
  if (/^#?[A-Za-z][\w.-]{0,62}$/.test(value.text)) return value.text;
  return reading.report.error(
    value,
    'bad-name',
    `“${value.text}” is no channel; write one word, as #team-orders or on-call`,
  );
}

/** Reads `Expected:`; `seen` are the labels of the step, which tell what an action is about that cannot be read itself. */
export function readExpected(draft: StepDraft, seen: ReadonlySet<string>, reading: Reading): void {
  const { expected, meaning, modifiers } = draft;
  if (!expected) return;
  const unread = [...seen].map((label) => subjects[label.toLowerCase()]).find((each) => each !== undefined);
  const subject = meaning ? subjectOf(meaning) : unread;
  if (subject) modifiers.expected = readClauses(expected, subject, reading);
  else
    reading.report.error(expected, 'wrong-modifier', '`Expected:` belongs to a `Run:`, a `Request:` or to `Traffic:`');
}

const subjects: Partial<Record<string, Subject>> = { run: 'command', request: 'response', traffic: 'traffic' };

function subjectOf(meaning: Meaning): Subject | undefined {
  if (meaning.kind === 'phrase') return ['build', 'migrate'].includes(meaning.phrase) ? 'command' : undefined;
  return subjects[meaning.action.kind];
}
