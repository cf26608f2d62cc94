import { describe, expect, it } from 'vitest';
import type { FieldReader, StepKind } from './kind.ts';
import { kinds, phrasesIn, undoKindOf, undoSchema } from './lookup.ts';
import { stepKinds, undoKinds, type Action, type ActionKind, type Undo } from './registry.ts';
import type { SeenPlan } from './seen.ts';
import { definitionOf, exampleAction, exampleUndo } from '../testing/example-actions.ts';
import { fixture, planOf } from '../testing/fixtures.test-support.ts';

type Kind = StepKind<Action>;

const all = Object.entries(stepKinds).map(([name, kind]) => {
  const { shape = {} } = definitionOf(kind.schema);
  return { name, kind: kind as unknown as Kind, shape, action: exampleAction(name as ActionKind) };
});

const plan: SeenPlan = planOf(fixture('notes-api.md')).plan;

/** The fields that a member reads. */
function readBy(action: Action, ask: (action: Action) => unknown): ReadonlySet<string> {
  const fields = new Set<string>();
  ask(new Proxy(action, { get: (target, key) => (fields.add(String(key)), Reflect.get(target, key) as unknown) }));
  return fields;
}

/** What the planning, the aggregates and the views ask of a kind; to print it again reads all of it, and proves nothing. */
const questions: readonly ((kind: Kind, action: Action) => unknown)[] = [
  (kind, action) => typeof kind.mutates === 'function' && kind.mutates(action),
  (kind, action) => kind.effect(action),
  (kind, action) => kind.timeoutMs(action),
  (kind, action) => kind.undo(action),
  (kind, action) => kind.phase(action),
  (kind, action) => kind.skips(action),
  (kind, action) => kind.duty(action),
  (kind, action) => kind.channel(action),
  (kind, action) => kind.deployer(action),
  (kind, action) => kind.directory(action),
  (kind, action) => kind.pauseMs(action),
  (kind, action) => kind.calls(action),
  (kind, action) => kind.procedure(action, plan),
  (kind, action) => kind.check(action),
];

describe.each(all)('the kind $name', ({ name, kind, action }) => {
  it('stands under the name of its action', () => {
    expect(action.kind).toBe(name);
    expect(kind.schema.safeParse(action)).toMatchObject({ success: true });
  });

  it('is described to people', () => {
    expect(kind.describe(action, plan, String)).not.toMatch(/undefined|\[object|^$/);
  });
});

describe.each(Object.keys(undoKinds) as Undo['kind'][])('the undo %s', (name) => {
  const undo = exampleUndo(name);

  it('stands under its name', () => {
    expect(undo.kind).toBe(name);
    expect(undoSchema.safeParse(undo)).toEqual({ success: true, data: undo });
  });

  it('is described to people', () => {
    expect(undoKindOf(undo).describe(undo)).not.toMatch(/undefined|\[object|^$/);
  });
});

it.each(all.flatMap(({ name, kind, action }) => (kind.undo(action) ? [{ name, undo: kind.undo(action) }] : [])))(
  'what takes $name back is an undo that is known',
  ({ undo }) => {
    expect(undoSchema.safeParse(undo)).toEqual({ success: true, data: undo });
  },
);

describe('a field of an action that nothing performs', () => {
  const fields = all.flatMap(({ kind, ...rest }) =>
    Object.entries<FieldReader>(kind.fields).flatMap(([field, reader]) =>
      reader === 'effect-handler' ? [] : [{ ...rest, kind, field, reader }],
    ),
  );

  it.each(fields)('has another reader: $field of $name, $reader', ({ kind, shape, action, field, reader }) => {
    const found = {
      language: questions.some((ask) => readBy(action, (each) => ask(kind, each)).has(field)),
      people: readBy(action, (each) => kind.describe(each, plan, String)).has(field),
      fixed: definitionOf(shape[field]!).type === 'literal',
    };
    expect(found).toMatchObject({ [reader]: true });
  });
});

describe('the kinds of steps', () => {
  it('have labels and phrases of their own', () => {
    const labels = kinds.flatMap(({ label, parts }) => [
      ...(label ? [label.name] : []),
      ...Object.values((parts?.forms ?? {}) as Readonly<Record<string, { label: string }>>).map((form) => form.label),
    ]);
    expect(new Set(labels).size).toBe(labels.length);
    for (const place of ['procedure', 'rollback'] as const) {
      const texts = phrasesIn(place).map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
    }
    const names = kinds.flatMap((kind) => Object.keys(kind.phrases));
    expect(new Set(names).size).toBe(names.length);
  });
});
