import { match, pattern, splitOutsideCode } from '../markdown/code-spans.ts';
import type { Span } from '../markdown/span.ts';
import type { ChangedDatabases, OnFailure, Stage } from '../plan/values.ts';
import { didYouMean } from '../problems/nearest.ts';
import { kindOf, kinds, phraseNamed, type AnyKind } from '../steps/lookup.ts';
import type { Action } from '../steps/registry.ts';
import type { AnyAction, PhraseMeaning } from '../steps/seen.ts';
import { readClauses } from '../values/clauses.ts';
import { readCommands } from '../values/commands.ts';
import { durationPattern } from '../values/duration.ts';
import { readEnvironment } from '../values/environments.ts';
import { readDutyName } from '../values/evidence.ts';
import type { Meaning } from './document.ts';
import type { Form, Forms, Value } from './forms.ts';
import type { Modifiers } from './nodes.ts';
import { listed } from '../problems/issue-message.ts';
import { ownShell, type Reading } from './reading.ts';

/** A step while its sub-bullets are read. */
export interface StepDraft {
  readonly stage: Stage;
  readonly title: Span;
  readonly shell: boolean;
  meaning?: Meaning;
  readonly modifiers: Modifiers;
  /** What the labels of one kind alone say, by the kind. */
  readonly parts: Map<AnyKind, object>;
  /** Read when the action is known, which decides what can be expected. */
  expected?: Span;
}

const retry = pattern(String.raw`(?<times>\d+) times? every (?<every>${durationPattern})`);
const waitUntil = pattern(String.raw`(?<command>CODE) exits 0 within (?<time>${durationPattern})`);

/** The labels that say what a step does. */
export const actionForms: Forms<StepDraft> = kinds.flatMap(({ label }) => (label ? [actionForm(label)] : []));

function actionForm({ name, fence = false, read }: NonNullable<AnyKind['label']>): Form<StepDraft> {
  return {
    label: name,
    fence,
    required: true,
    read(value, draft, reading) {
      const found = read(value, draft, reading);
      if (found) draft.meaning = meaningOf(found);
    },
  };
}

function meaningOf(read: AnyAction | PhraseMeaning): Meaning {
  return read.kind === 'phrase' ? (read as Meaning) : { kind: 'action', action: read as Action };
}

/** The labels that say more of what one kind of step does. */
const partForms: Forms<StepDraft> = kinds.flatMap((kind) =>
  Object.values((kind.parts?.forms ?? {}) as Readonly<Record<string, Form<object>>>).map((form) => ({
    ...form,
    none: () => undefined,
    read(value: Value, draft: StepDraft, reading: Reading) {
      const parts = draft.parts.get(kind) ?? {};
      draft.parts.set(kind, parts);
      form.read(value, parts, reading);
    },
  })),
);

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
    label: 'Changes database',
    none: (draft) => void (draft.modifiers.changesDatabase = 'none'),
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'changesDatabase', readChanged(span, reading)),
  },
  {
    label: 'Directory',
    read: ({ span }, draft, reading) => assign(draft.modifiers, 'directory', reading.path(span)),
  },
  { label: 'Shell', read: ({ span }, _draft, reading) => void reading.yes(span) },
  ...partForms,
];

function assign<Target, Key extends keyof Target>(target: Target, key: Key, value: Target[Key] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** `yes`, `no`, or the databases as backups and dependencies name them: PostgreSQL `${DATABASE_URL}` */
function readChanged(span: Span, reading: Reading): ChangedDatabases | 'none' | undefined {
  if (/^(?:yes|no)\.?$/i.test(span.text)) return span.text.toLowerCase().startsWith('y') ? 'any' : 'none';
  const urls = splitOutsideCode(span, /,/g).map((part) => {
    const name = part.slice(/^postgres(?:ql)?\s+/i.exec(part.text)?.[0].length ?? 0);
    if (!name.isEmpty && !/\s/.test(reading.bare(name).text)) return reading.server(name);
    const message = 'expected yes, no, or the databases as a backup names them, as PostgreSQL `${DATABASE_URL}`';
    return reading.report.error(part, 'bad-value', message, 'Changes database: yes');
  });
  return urls.every((url) => url !== undefined) ? urls : undefined;
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

/** Reads `Expected:`; `seen` are the labels of the step, which show what an action is about that cannot be read itself. */
export function readExpected(draft: StepDraft, seen: ReadonlySet<string>, reading: Reading): void {
  const { expected, meaning, modifiers } = draft;
  if (!expected) return;
  const kind = meaning ? kindOfMeaning(meaning) : kindsLabelled(seen).find(({ expects }) => expects !== undefined);
  if (kind?.expects) modifiers.expected = readClauses(expected, kind.expects, reading);
  else {
    const labels = kinds.flatMap(({ label, expects }) => (label && expects ? [`\`${label.name}:\``] : []));
    reading.report.error(expected, 'wrong-modifier', `\`Expected:\` belongs to ${listed(labels)}`);
  }
}

/** The kind that an action or a known phrase is of. */
export function kindOfMeaning(meaning: Meaning): AnyKind {
  return meaning.kind === 'action' ? (kindOf(meaning.action) as AnyKind) : phraseNamed(meaning.phrase).kind;
}

export function kindsLabelled(seen: ReadonlySet<string>): AnyKind[] {
  return kinds.filter(({ label }) => label !== undefined && seen.has(label.name));
}
