import { stepKinds, undoKinds, type Action, type ActionKind, type Undo } from '../steps/registry.ts';

/** What a schema is made of, as far as actions need it. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly options?: readonly Schema[];
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

export interface Schema {
  readonly _zod: { readonly def: unknown };
}

export const definitionOf = (schema: Schema): Definition => schema._zod.def as Definition;

/** An action of this kind with a value of its shape in each field; of choices the first. */
export function exampleAction<Kind extends ActionKind>(kind: Kind): Extract<Action, { kind: Kind }> {
  return exampleOf(stepKinds[kind].schema) as Extract<Action, { kind: Kind }>;
}

/** The same of an undo. */
export function exampleUndo(kind: Undo['kind']): Undo {
  return exampleOf(undoKinds[kind].schema) as Undo;
}

function exampleOf(schema: Schema): unknown {
  const { type, innerType, element, valueType, options, shape, entries, values } = definitionOf(schema);
  if (type === 'literal') return values?.[0];
  if (entries) return Object.values(entries)[0];
  if (shape) return Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, exampleOf(field)]));
  if (options) return exampleOf(options[0]!);
  if (innerType) return exampleOf(innerType);
  if (element) return [exampleOf(element)];
  if (valueType) return { one: exampleOf(valueType) };
  return { string: 'text', number: 1, boolean: true }[type];
}
