#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('backstay: not built yet. In the checkout run `npm ci`, or `npm run build` after a change of branch.');
  process.exitCode = 1;
}
