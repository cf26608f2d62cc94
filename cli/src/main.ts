import { exitCodes } from './exit-codes.ts';
import { run } from './run.ts';

const interruption = new AbortController();

/** The first request to end lets the command tidy up; the second ends it at once. */
function onSignal(signal: NodeJS.Signals): void {
  if (interruption.signal.aborted && signal === 'SIGINT') process.exit(exitCodes.failed);
  interruption.abort(new Error(`interrupted by ${signal}`));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
// Whoever reads the output may stop reading: `backstay audit ID | head`.
process.stdout.on('error', () => interruption.abort(new Error('nobody reads the output')));

const world = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  interrupted: interruption.signal,
};
process.exitCode = await run(process.argv.slice(2), world);
