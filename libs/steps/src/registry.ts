import type { Action } from '@backstay/document';
import { backup } from './backup/kind.ts';
import { checkout } from './checkout/kind.ts';
import { deploy } from './deploy/kind.ts';
import { evidence } from './evidence/kind.ts';
import type { StepKind } from './kind.ts';
import { manual } from './manual/kind.ts';
import { notApplicable } from './not-applicable/kind.ts';
import { notify } from './notify/kind.ts';
import { request } from './request/kind.ts';
import { restore } from './restore/kind.ts';
import { revert } from './revert/kind.ts';
import { run } from './run/kind.ts';
import { section } from './section/kind.ts';
import type { ActionOf } from './task.ts';
import { traffic } from './traffic/kind.ts';
import { wait } from './wait/kind.ts';
import { weights } from './weights/kind.ts';

export type StepKinds = { readonly [Kind in Action['kind']]: StepKind<ActionOf<Kind>> };

/** Every kind of step, by the `kind` of its action. */
export const stepKinds: StepKinds = {
  run,
  checkout,
  backup,
  restore,
  request,
  evidence,
  deploy,
  traffic,
  weights,
  notify,
  wait,
  manual,
  section,
  revert,
  'not-applicable': notApplicable,
};
