import type { EffectOf, EvidenceLine } from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { stepDeploymentOf, type StepGround } from '@backstay/steps';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import type { ExecutionTask } from './execution-task.ts';
import type { ProcedureRecords } from './procedure-records.ts';
import { read } from './steps/evidence.ts';

/** Reads what lines of the document ask for and no step reads; each becomes a fact, whatever it says. */
export async function readEvidenceLines(
  ground: StepGround,
  records: ProcedureRecords,
  { lines }: EffectOf<'read-evidence'>,
  context: Context,
): Promise<Commands> {
  const { detach, token, now } = context;
  const readings = [];
  for (const line of lines) {
    const task = taskOf(ground, records, line, context);
    readings.push({ line: line.line, reading: await unlessDetached(detach, read(task, line.evidence)) });
  }
  return readings.length === 0 ? [] : [{ type: 'RecordEvidence', readings, token, at: now() }];
}

function taskOf(
  ground: StepGround,
  records: ProcedureRecords,
  line: EvidenceLine,
  { state, token, unwanted, detach, now }: Context,
): ExecutionTask {
  const deployment = stepDeploymentOf(state);
  return {
    ground,
    deployment,
    step: readingStep(line),
    phase: 'execution',
    attempt: 1,
    token,
    startedAt: now(),
    unwanted,
    detach,
    state,
    records,
  };
}

/** The reader is that of evidence steps, and is told where it reads as they are. */
function readingStep({ line, text, evidence }: EvidenceLine): Step {
  return {
    id: `line.${line}`,
    stage: 'post',
    number: line,
    title: text,
    action: { kind: 'evidence', evidence },
    origin: 'document',
    expected: [],
    onFailure: 'continue',
    timeoutMs: 600_000,
    effect: 'idempotent',
    irreversible: false,
    mutates: false,
    source: { line },
  };
}
