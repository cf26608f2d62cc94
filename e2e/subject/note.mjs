// Writes one line into the log outside of the product: which step ran, begun and ended. Arguments: what, milliseconds. It does
// not end while there is a file `hold-WHAT` beside the log.
import { appendFileSync, existsSync, openSync, fsyncSync, closeSync, readFileSync } from 'node:fs';
import process from 'node:process';

const { state } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'));
const [what, ms = '0'] = process.argv.slice(2);

function note(text) {
  appendFileSync(`${state}/steps.log`, `${text}\n`);
  const file = openSync(`${state}/steps.log`, 'r');
  fsyncSync(file);
  closeSync(file);
}

note(`begin ${what} ${process.env.STEP_KEY ?? ''}`);
function end() {
  if (existsSync(`${state}/hold-${what}`)) return void setTimeout(end, 50);
  note(`end ${what} ${process.env.STEP_KEY ?? ''}`);
  console.log(`${what} done`);
}
setTimeout(end, Number(ms));
