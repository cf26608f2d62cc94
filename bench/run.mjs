/** Runs every bench of this folder, or those that are named: `npm run bench [-- NAME...]`. Ratios within one run; exit 1 when a limit is broken. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== basename(import.meta.filename))
  .filter((file) => wanted.length === 0 || wanted.includes(basename(file, '.mjs')))
  .toSorted();

const unknown = wanted.filter((name) => !files.includes(`${name}.mjs`));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}`);
  process.exit(2);
}

let broken = 0;
for (const file of files) {
  const { run } = await import(`./${file}`);
  console.log(basename(file, '.mjs'));
  for (const { name, ratios, ok, limit } of await run()) {
    const told = Object.entries(ratios).map(([key, value]) => `${key} ${value}`);
    console.log(`  ${ok ? 'ok    ' : 'BROKEN'} ${name.padEnd(28)} ${told.join('  ')}  (${limit})`);
    if (!ok) broken += 1;
  }
}
process.exitCode = broken > 0 ? 1 : 0;
