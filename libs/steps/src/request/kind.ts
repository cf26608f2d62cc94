import type { StepKind } from '../kind.ts';
import type { ActionOf } from '../task.ts';
import { send } from './run.ts';

/** An HTTP request. */
export const request: StepKind<ActionOf<'request'>> = { run: send, undo: send };
