import type { z } from 'zod';
import { backup } from './backup.ts';
import { checkout } from './checkout.ts';
import { deploy } from './deploy.ts';
import { evidence } from './evidence.ts';
import { manual } from './manual.ts';
import { notApplicable } from './not-applicable.ts';
import { notify } from './notify.ts';
import { request } from './request.ts';
import { restore } from './restore.ts';
import { revert } from './revert.ts';
import { run } from './run.ts';
import { section } from './section.ts';
import { traffic } from './traffic.ts';
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

type Kinds = typeof stepKinds;
type ActionOf<Kind> = Kind extends { readonly schema: z.ZodType<infer Act> } ? Act : never;
type NameOf<Kind> = Kind extends { readonly phrases: Readonly<Record<infer Name, unknown>> } ? Name : never;

export type ActionKind = keyof Kinds;

/** A kind that stands under another name than that of its action is none. */
export type Action = { [Kind in ActionKind]: Extract<ActionOf<Kinds[Kind]>, { kind: Kind }> }[ActionKind];

export type PhraseName = { [Kind in ActionKind]: NameOf<Kinds[Kind]> }[ActionKind];
