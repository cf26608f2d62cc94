import type { z } from 'zod';

interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
}

/** The keys that a schema knows at a path. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = schema;
  for (const key of path) at = at && step(at, key);
  const shape = at && definition(at).shape;
  return shape ? Object.keys(shape) : [];
}

function step(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const { shape, valueType, element } = definition(schema);
  return shape?.[String(key)] ?? valueType ?? element;
}

/** A schema's definition, without what makes it optional. */
function definition(schema: z.ZodType): Definition {
  const own = schema._zod.def as unknown as Definition;
  return own.innerType ? definition(own.innerType) : own;
}
