import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import type { StepKind } from '../kind.ts';
import type { ActionOf, StepTask } from '../task.ts';
import { readProof } from './read.ts';

/** Only a pass is proof. */
function prove(task: StepTask<ActionOf<'evidence'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const found = await readProof(task, task.step.action.evidence);
    signal.throwIfAborted();
    const details = { result: { evidence: found } };
    return found.verdict === 'pass' ? succeeded(details) : failed(found.summary, details);
  });
}

/** Proof that is read and judged; nothing is run. */
export const evidence: StepKind<ActionOf<'evidence'>> = { run: prove };
