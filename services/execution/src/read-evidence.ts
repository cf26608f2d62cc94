import { activeState, type EffectOf, type DeploymentCommand } from '@backstay/deployment';
import { readProof, stepDeploymentOf, type StepContext } from '@backstay/steps';
import { unlessDetached, type DeploymentContext } from '@backstay/service-kit';

/** Reads what lines of the document ask for and no step reads; each becomes an event, whatever it says. */
export async function readEvidenceLines(
  steps: StepContext,
  { lines }: EffectOf<'read-evidence'>,
  { state, detach, token, now }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const deployment = stepDeploymentOf(state);
  const readings = [];
  for (const { line, evidence } of lines) {
    const reading = { context: steps, deployment, state: activeState(state), step: { id: `line.${line}` } };
    readings.push({ line, reading: await unlessDetached(detach, readProof(reading, evidence)) });
  }
  return readings.length === 0 ? [] : [{ type: 'RecordEvidence', readings, token, at: now() }];
}
