import { mkdir, writeFile } from 'node:fs/promises';
import { describeApi } from './describe.ts';

// The same place seen from src and from dist.
const docs = new URL('../../../../docs/', import.meta.url);

/** Writes the description as it is checked in. */
await mkdir(docs, { recursive: true });
await writeFile(new URL('openapi.json', docs), `${JSON.stringify(describeApi(), null, 2)}\n`);
