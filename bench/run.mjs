/** Runs every part of the bench, or those that are named: `npm run bench [-- PART...]`. Exit 1 when a ratio misses its goal. */
import { PartMissing } from '@backstay/local-platform';
import { parts } from './parts/index.mjs';
import { machine, table } from './support/report.mjs';
import { Servers } from './support/servers.mjs';

const named = process.argv.slice(2);
const unknown = named.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`unknown part: ${unknown.join(', ')}; expected one of ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

const servers = new Servers();
const wanted = named.length > 0 ? named : Object.keys(parts).filter((name) => !parts[name].onDemand);
let missed = 0;
try {
  console.log(machine());
  for (const name of wanted) missed += await runPart(name);
} finally {
  await servers.stop();
}
process.exit(missed > 0 ? 1 : 0);

/** How many ratios missed their goal; a server that this machine lacks is named, and its part left out. */
async function runPart(name) {
  const { title, run } = await parts[name].load();
  console.log(`\n${name}: ${title}`);
  const begun = performance.now();
  try {
    const results = await run({ servers, say: (text) => console.log(text.replaceAll(/^/gm, '    ')) });
    console.log(`${table(results)}\n  in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    return results.filter(({ ok, informative }) => !ok && !informative).length;
  } catch (error) {
    if (!(error instanceof PartMissing)) throw error;
    console.log(`  left out: ${error.message.replaceAll('\n', '\n  ')}`);
    return 0;
  }
}
