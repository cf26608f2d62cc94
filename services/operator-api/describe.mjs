// Writes the description of the HTTP API as it is checked in: `npm run describe -w @backstay/operator-api`.
import { writeFile } from 'node:fs/promises';
import { describeApi } from './dist/index.js';

await writeFile(new URL('../../docs/openapi.json', import.meta.url), `${JSON.stringify(describeApi(), null, 2)}\n`);
