import type { z } from 'zod';
import { backup } from './backup.ts';
import { checkout } from './checkout.ts';
import { deploy, deployerUndo } from './deploy.ts';
import { evidence } from './evidence.ts';
import { manual } from './manual.ts';
import { notApplicable } from './not-applicable.ts';
import { notify } from './notify.ts';
import { request } from './request.ts';
import { restore } from './restore.ts';
import { revert } from './revert.ts';
import { run, runUndo } from './run.ts';
import { section } from './section.ts';
import { traffic, weightsUndo } from './traffic.ts';
import { noUndo } from './undo.ts';
import { wait } from './wait.ts';
import { weights } from './weights.ts';

/** Every kind of step, by the `kind` of its action. The order is that of the labels in messages and of the published schema. */
export const stepKinds = {
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

/** Every way in which a step is undone, by the `kind` of its undo; each stands in the file of the kind of step that brings it. */
export const undoKinds = {
  run: runUndo,
  deployer: deployerUndo,
  weights: weightsUndo,
  none: noUndo,
};

type Kinds = typeof stepKinds;
type UndoKinds = typeof undoKinds;
type ValueOf<Kind> = Kind extends { readonly schema: z.ZodType<infer Value> } ? Value : never;
type NameOf<Kind> = Kind extends { readonly phrases: Readonly<Record<infer Name, unknown>> } ? Name : never;

export type ActionKind = keyof Kinds;

/** A kind that stands under another name than that of its action is none. */
export type Action = { [Kind in ActionKind]: Extract<ValueOf<Kinds[Kind]>, { kind: Kind }> }[ActionKind];

export type Undo = { [Kind in keyof UndoKinds]: Extract<ValueOf<UndoKinds[Kind]>, { kind: Kind }> }[keyof UndoKinds];

export type PhraseName = { [Kind in ActionKind]: NameOf<Kinds[Kind]> }[ActionKind];
