import { readFile } from 'node:fs/promises';
import type { OutputRef } from '@backstay/deployment';
import type { CommandOutput } from '@backstay/hosts';
import type { StepContext } from './context.ts';

/** A little less than a blob may hold, for the lines that the supervisor adds. */
export const outputLimitBytes = 10 * 1024 * 1024 - 64 * 1024;

/** Keeps the whole output and returns what an event holds of it. */
export async function storeOutput(
  output: CommandOutput,
  redact: (text: string) => string,
  { blobs, deployment }: { readonly blobs: StepContext['blobs']; readonly deployment: string },
): Promise<OutputRef> {
  const content = redacted(await readFile(output.path), redact);
  const sha256 = await blobs.put(content, deployment);
  return { tail: redact(output.tail), bytes: content.byteLength, sha256, truncated: output.truncated };
}

/** The bytes stay as they are unless something had to be masked. */
function redacted(content: Buffer, redact: (text: string) => string): Buffer {
  const text = content.toString('utf8');
  const safe = redact(text);
  return safe === text ? content : Buffer.from(safe);
}

/** `TypeError: …`, `psql: error: …`, `fatal: …`, `Error [ERR_X]: …` */
const relevant = /\b(?:\w*error|\w*exception|fatal|panic)\b\s*(?:\[[^\]]*\])?\s*:/i;

/** For the reason of a failure: the last line that names an error, as many programs end with a trace or a version; else the last that says something. */
export function lastOutput({ tail }: Pick<OutputRef, 'tail'>): string {
  const lines = tail.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((each) => relevant.test(each)) ?? lines.at(-1);
  return line === undefined ? '' : `; it said: ${line.trim().slice(0, 300)}`;
}
