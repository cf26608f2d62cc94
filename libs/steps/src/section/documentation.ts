import { mayNotApply } from '@backstay/deployment';
import type { DocumentationLine } from '@backstay/document';
import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { readProof } from '../evidence/read.ts';
import type { StepTask } from '../task.ts';

interface Judged {
  readonly line: number;
  readonly text: string;
  /** `manual`: a person is still to confirm it. */
  readonly verdict: 'pass' | 'fail' | 'no-data' | 'error' | 'not-applicable' | 'manual' | 'confirmed';
  /** Whether what was read is tied to the deployed commit; absent where that is not asked. */
  readonly attested?: boolean;
  readonly summary: string;
}

/** Judges every line of *Update Required*. A line that is proven by evidence must have it; what a person confirms does not stop the step. */
export function checkDocumentation(task: StepTask): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const documentation: Judged[] = [];
    for (const line of task.deployment.plan.documentation) {
      documentation.push(await judge(task, line));
      signal.throwIfAborted();
    }
    const missing = documentation.filter(
      ({ verdict }) => verdict === 'fail' || verdict === 'no-data' || verdict === 'error',
    );
    const reason = missing.map(({ text, summary }) => `${text}: ${summary}`).join('; ');
    return missing.length === 0
      ? succeeded({ result: { documentation } })
      : failed(reason, { result: { documentation } });
  });
}

async function judge(task: StepTask, documented: DocumentationLine): Promise<Judged> {
  const { text, proof, source } = documented;
  const { line } = source;
  if (proof.kind === 'evidence') {
    const { verdict, attested, summary } = await readProof(task, proof.evidence);
    if (mayNotApply(documented) && verdict === 'fail')
      return { line, text, verdict: 'not-applicable', summary: `it does not apply: ${summary}` };
    return { line, text, verdict, attested, summary };
  }
  const confirmation = task.state.confirmed[line];
  if (confirmation !== undefined)
    return { line, text, verdict: 'confirmed', summary: `${confirmation.by}: ${confirmation.reason}` };
  return { line, text, verdict: 'manual', summary: `to be confirmed by ${proof.duty.duty}` };
}
