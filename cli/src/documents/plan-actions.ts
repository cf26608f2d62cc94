import {
  describeEvidence,
  kindOf,
  undoKindOf,
  type Action,
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

/** What takes a step back, in a few words. */
export function undoText(undo: Undo | undefined): string {
  return undo === undefined ? 'none' : undoKindOf(undo).describe(undo);
}

export const relationText = (rule: Relation['rule']): string =>
  rule.kind === 'manual' ? dutyText(rule.duty) : `until ${rule.service} ${rule.range} runs in ${rule.environment}`;

export const proofText = (proof: DocumentationLine['proof']): string =>
  proof.kind === 'manual' ? dutyText(proof.duty) : describeEvidence(proof.evidence);

/** How a criterion is judged: by a rule of its own, from evidence, against a limit or by a person's confirmation. */
export function ruleText(rule: CriterionRule): string {
  if (rule.kind === 'manual') return dutyText(rule.duty);
  return rule.kind === 'evidence' ? describeEvidence(rule.evidence) : rule.kind.replaceAll('-', ' ');
}

const dutyText = ({ verb, duty }: Duty): string => `${verb.replace('-', ' ')} by ${duty}`;
