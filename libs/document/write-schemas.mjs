#!/usr/bin/env node
// Writes the published JSON Schemas to docs/schemas.
import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemas } from './dist/index.js';

const folder = new URL('../../docs/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
