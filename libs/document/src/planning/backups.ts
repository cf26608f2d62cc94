import type { DeploymentDocument, StepNode } from '../reading/document.ts';
import type { Stage } from '../plan/values.ts';

const stages: Record<string, Stage> = { 'pre-deployment': 'pre', deployment: 'deploy', 'post-deployment': 'post' };

const namedStep = /^(?:(?:the )?backup )?(?:of )?(?:(pre-deployment|deployment|post-deployment)\s+)?step\s+(\d+)$/i;

export function stepId({ stage, number }: Pick<StepNode, 'stage' | 'number'>): string {
  return `${stage}.${number}`;
}

/** The step whose backup is restored, or why there is none. */
export function backupStep(
  document: Pick<DeploymentDocument, 'steps'>,
  argument: string | undefined,
): StepNode | { why: string } {
  const backups = document.steps.filter(makesBackup);
  const named = namedStep.exec(argument ?? '');
  const stage = named?.[1] && stages[named[1].toLowerCase()];
  const found = backups.filter(
    (step) => !named || (step.number === Number(named[2]) && (!stage || step.stage === stage)),
  );
  const isNamed = argument === undefined || named !== null || /^(?:the )?backup$/i.test(argument);
  if (found.length === 1 && isNamed) return found[0]!;
  if (backups.length === 0)
    return { why: 'no step makes a backup; add “Backup current production state” to *Pre-Deployment Steps*' };
  const choices = backups.map((step) => `“of ${longStage(step.stage)} step ${step.number}”`).join(' or ');
  if (!isNamed) return { why: `a backup is named by the step that makes it; write ${choices}` };
  return {
    why:
      found.length > 1
        ? `several steps make a backup; write ${choices}`
        : `that step makes no backup; write ${choices}`,
  };
}

function makesBackup({ meaning }: StepNode): boolean {
  return meaning.kind === 'phrase' ? meaning.phrase === 'backup' : meaning.action.kind === 'backup';
}

function longStage(stage: Stage): string {
  return Object.keys(stages).find((name) => stages[name] === stage) ?? stage;
}
