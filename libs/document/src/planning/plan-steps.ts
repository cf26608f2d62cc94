import { given } from '../context/bindings.ts';
import type { Step } from '../plan/plan.ts';
import type { ChangedDatabases, OnFailure } from '../plan/values.ts';
import type { StepNode } from '../reading/document.ts';
import type { Meant } from '../steps/phrase.ts';
import { kindOf, mutates, phraseNamed, undoKindOf, undoOf, usuallyChanged } from '../steps/lookup.ts';
import type { Action, Undo } from '../steps/registry.ts';
import type { Needs } from './needs.ts';

/** The steps of the procedure, each with all that the document leaves to rules. */
export function planSteps(needs: Needs): Step[] {
  let mutated = false;
  return inWorkingDirectories(needs.document.steps, needs).map(({ node, meant, directory }) => {
    const step = planStep(node, meant, directory, mutated ? 'rollback' : 'stop');
    if (!step.mutates) return step;
    mutated = true;
    return { ...step, onFailure: node.modifiers.onFailure ?? 'rollback' };
  });
}

/** The steps of the rollback; one that fails stops it. */
export function planRollbackSteps(needs: Needs): Step[] {
  const { steps, rollback } = needs.document;
  const last = inWorkingDirectories(steps, needs).at(-1)?.directory;
  return inWorkingDirectories(rollback.steps, needs, last).map(({ node, meant, directory }) =>
    planStep(node, meant, directory, 'stop'),
  );
}

interface Placed {
  readonly node: StepNode;
  readonly meant: Meant<Action, Undo>;
  readonly directory: string;
}

/** After a checkout commands run where it put the code. */
function inWorkingDirectories(nodes: readonly StepNode[], needs: Needs, first = 'source'): Placed[] {
  let directory = first;
  return nodes.map((node) => {
    const meant = meaningOf(node, needs);
    directory = kindOf(meant.action).directory(meant.action) ?? directory;
    return { node, meant, directory };
  });
}

/** In a rollback nothing is undone. */
function meaningOf({ meaning, ...node }: StepNode, needs: Needs): Meant<Action, Undo> {
  if (meaning.kind === 'phrase')
    return phraseNamed(meaning.phrase).mean({ ...node, meaning }, needs) as Meant<Action, Undo>;
  const { action } = meaning;
  const undo = node.stage === 'rollback' ? undefined : undoOf(action);
  return { action, origin: 'document', ...given('undo', undo) };
}

function planStep(node: StepNode, meant: Meant<Action, Undo>, directory: string, usualFailure: OnFailure): Step {
  const { modifiers, stage, number, title, source } = node;
  const { action, origin } = meant;
  const undo = modifiers.undo ?? meant.undo;
  const kind = kindOf(action);
  const changesDatabase = databasesChangedBy(node, action);
  const isMutating = changesDatabase === undefined ? (meant.mutates ?? mutates(action)) : true;
  const runs = kind.runsCommands || (undo && undoKindOf(undo).runsCommands) || modifiers.waitUntil || modifiers.probe;
  return {
    id: `${stage}.${number}`,
    stage,
    number,
    title,
    action,
    origin,
    ...given('undo', undo),
    expected: modifiers.expected ?? [],
    onFailure: modifiers.onFailure ?? usualFailure,
    ...given('retry', modifiers.retry),
    timeoutMs: modifiers.timeoutMs ?? kind.timeoutMs(action),
    ...given('waitUntil', modifiers.waitUntil),
    ...given('onlyIn', modifiers.onlyIn),
    effect: modifiers.effect ?? meant.effect ?? kind.effect(action),
    ...given('probe', modifiers.probe),
    irreversible: modifiers.irreversible ?? false,
    mutates: modifiers.mutates ?? isMutating,
    ...given('changesDatabase', changesDatabase),
    ...given('directory', modifiers.directory ?? (runs ? directory : undefined)),
    source,
  };
}

/** What the step says of itself comes before what its title says. */
function databasesChangedBy({ modifiers, title }: StepNode, action: Action): ChangedDatabases | undefined {
  const { changesDatabase: stated, mutates: isMutating } = modifiers;
  if (stated === undefined) return usuallyChanged(title, action, isMutating);
  return stated === 'none' || !kindOf(action).reachesDatabases ? undefined : stated;
}
