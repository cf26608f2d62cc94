import { z } from 'zod';
import { bindingsSchema } from '../context/bindings.ts';
import { planSchema } from '../plan/plan.ts';
import { profilesSchema } from '../context/profiles.ts';

const schemas = {
  plan: { schema: planSchema, title: 'Backstay deployment plan' },
  bindings: { schema: bindingsSchema, title: 'Backstay bindings (.backstay.yaml)' },
  profiles: { schema: profilesSchema, title: 'Backstay environment profiles (environments.yaml)' },
};

export type SchemaName = keyof typeof schemas;

/** The published JSON Schemas (draft 2020-12) by name. */
export function jsonSchemas(): Record<SchemaName, object> {
  const of = (name: SchemaName): object => ({
    title: schemas[name].title,
    ...z.toJSONSchema(schemas[name].schema, { io: 'input' }),
  });
  return { plan: of('plan'), bindings: of('bindings'), profiles: of('profiles') };
}
