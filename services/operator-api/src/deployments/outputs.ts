import { steps, type StepAttempt } from '@backstay/projections';
import type { Blobs } from '@backstay/postgres';
import { NotFound } from '@backstay/service-kit/http';
import type { History } from './deployments.ts';

/** What a step wrote, as far as it was recorded. */
export interface Output {
  readonly text: string;
  readonly attempt: number;
  /** Whether this is all that the step wrote. */
  readonly complete: boolean;
}

/** The output of the step's last attempt that has one. @throws {NotFound} */
export async function outputOf(history: History, step: string, blobs: Blobs): Promise<Output> {
  const view = steps(history).find(({ id }) => id === step);
  if (view === undefined) throw new NotFound(`there is no step ${step}`);
  const last = view.attempts.findLast(({ output }) => output !== null);
  if (last === undefined) throw new NotFound(`no output of step ${step} is recorded`);
  return read(last, blobs);
}

/** The last part stands in the event itself, for the rest may be gone. */
async function read({ attempt, output }: StepAttempt, blobs: Blobs): Promise<Output> {
  if (output === null) return { text: '', attempt, complete: true };
  const blob = await blobs.get(output.sha256);
  if (blob !== null) return { text: blob.toString('utf8'), attempt, complete: !output.truncated };
  return { text: output.tail, attempt, complete: Buffer.byteLength(output.tail) >= output.bytes };
}
