import { describe, expect, it } from 'vitest';
import { dutyOf, kindOf, pauseOf, type Action, type ActionKind } from '@backstay/document';
import { exampleAction } from '@backstay/document/testing';
import { stepKinds, type StepKinds } from './registry.ts';

/** What lets time pass, or is a person's, needs nobody who performs it. */
const needsNobody = (action: Action): boolean => pauseOf(action) !== undefined || dutyOf(action) !== undefined;

describe('the registry of the language and that of the steps', () => {
  it('know the same kinds: the compiler refuses one without a row', () => {
    const { wait, ...others } = stepKinds;
    // @ts-expect-error the row of `wait` is missing
    const incomplete: StepKinds = others;
    expect({ ...incomplete, wait }).toEqual(stepKinds);
  });

  it.each(Object.keys(stepKinds) as ActionKind[])('agree where a step can stand: %s', (name) => {
    const action = exampleAction(name);
    const { isPerformedIn } = kindOf(action);
    const performed = (place: 'run' | 'undo') => stepKinds[name][place] !== undefined || needsNobody(action);
    // What a rollback derives by itself, a document cannot ask for.
    const isDerived = !isPerformedIn('procedure', action) && !isPerformedIn('rollback', action);
    expect(performed('run'), 'it has `run` if it can stand in a procedure, and only then').toBe(
      isPerformedIn('procedure', action),
    );
    expect(performed('undo'), 'it has `undo` if it can stand in a rollback or is derived for one, and only then').toBe(
      isDerived || isPerformedIn('rollback', action),
    );
  });
});
