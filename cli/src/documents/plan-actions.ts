import {
  describeEvidence,
  kindOf,
  type Action,
  type Command,
  type CriterionRule,
  type DocumentationLine,
  type Duty,
  type Plan,
  type Relation,
  type Undo,
} from '@backstay/document';
import { duration } from '../output/format.ts';

/** What a step does, in a few words. */
export function actionText(action: Action, plan: Plan): string {
  return kindOf(action).describe(action, plan, duration);
}

export function undoText(undo: Undo | undefined): string {
  if (undo?.kind === 'run') return commandsText(undo.commands);
  if (undo?.kind === 'weights') return 'the weights that were before are put back';
  return undo?.kind === 'deployer' ? `the deployer takes back: ${undo.parts.join(', ')}` : 'none';
}

function commandsText(commands: readonly Command[]): string {
  return commands.map(({ text }) => `\`${text}\``).join(', then ');
}

export const relationText = (rule: Relation['rule']): string =>
  rule.kind === 'manual' ? dutyText(rule.duty) : `until ${rule.service} ${rule.range} runs in ${rule.environment}`;

export const proofText = (proof: DocumentationLine['proof']): string =>
  proof.kind === 'manual' ? dutyText(proof.duty) : describeEvidence(proof.evidence);

/** How a criterion is judged: by a rule of its own, from evidence, against a limit or by a person's word. */
export function ruleText(rule: CriterionRule): string {
  if (rule.kind === 'manual') return dutyText(rule.duty);
  return rule.kind === 'evidence' ? describeEvidence(rule.evidence) : rule.kind.replaceAll('-', ' ');
}

const dutyText = ({ verb, duty }: Duty): string => `${verb.replace('-', ' ')} by ${duty}`;
