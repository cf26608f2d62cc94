import { createHash } from 'node:crypto';
import {
  makePlan,
  parseBindings,
  parseDocument,
  parseProfiles,
  readPlanText,
  serviceProfile,
  type Blocker,
  type Plan,
  type Problem,
} from '@backstay/document';
import type { World } from '../world.ts';
import { bindingsFor, sourceFile } from './bindings-for.ts';
import { isPlan } from './request.ts';

export interface PlanFiles {
  /** Default: `.backstay.yaml` beside the document, when it is there. */
  readonly bindings?: string;
  readonly environments?: string;
}

export type LocalPlan =
  | {
      readonly ok: true;
      readonly digest: string;
      readonly plan: Plan;
      readonly blockers: readonly Blocker[];
      readonly warnings: readonly Problem[];
      /** The file of the bindings that were used; null: none. */
      readonly bindings: string | null;
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly sources: ReadonlyMap<string, string> };

interface Wanted extends PlanFiles {
  readonly file: string;
  readonly text: string;
  readonly environment?: string;
  readonly version?: string;
}

const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The plan that document, bindings and profile give, without a platform. @throws Failure when a named file cannot be read */
export async function planLocally(world: World, wanted: Wanted): Promise<LocalPlan> {
  if (isPlan(wanted.file, wanted.text)) return acceptLocally(world, wanted);
  const { file, text, environment, version } = wanted;
  const parsed = parseDocument(text);
  const sources = new Map([[file, text]]);
  const context = await contextOf(world, wanted, sources);
  const problems = [...(parsed.ok ? [] : parsed.problems), ...context.problems];
  if (!parsed.ok || problems.length > 0) return { ok: false, problems, sources };
  const { document } = parsed;
  const chosen = environment ?? document.scope.environments[0] ?? '';
  const profile = context.profiles && serviceProfile(context.profiles, chosen, document.scope.name);
  const { bindings, profiles } = context;
  const made = makePlan(document, { environment, version, bindings, profile, profiles, digest });
  if (!made.ok) return { ok: false, problems: made.problems, sources };
  return { ...made, warnings: [...parsed.warnings, ...made.warnings], bindings: context.file };
}

/** A plan in JSON brings its meaning with it; only the profile has still to be heard. */
async function acceptLocally(world: World, wanted: Wanted): Promise<LocalPlan> {
  const sources = new Map([[wanted.file, wanted.text]]);
  const { profiles, problems } = await contextOf(world, wanted, sources);
  if (problems.length > 0) return { ok: false, problems, sources };
  const accepted = readPlanText(
    wanted.text,
    digest,
    (service, environment) => profiles && serviceProfile(profiles, environment, service),
  );
  return accepted.ok ? { ...accepted, bindings: null } : { ok: false, problems: accepted.problems, sources };
}

/** Bindings and profile, with what is wrong with them. */
async function contextOf(world: World, { file, bindings, environments }: Wanted, sources: Map<string, string>) {
  const ofBindings = await bindingsFor(world, file, bindings);
  const ofProfiles = await sourceFile(world, environments ?? world.env.BACKSTAY_ENVIRONMENTS);
  for (const each of [ofBindings, ofProfiles]) if (each) sources.set(each.file, each.text);
  const read = ofBindings && parseBindings(ofBindings.text, ofBindings.file);
  const known = ofProfiles && parseProfiles(ofProfiles.text, ofProfiles.file);
  return {
    file: ofBindings?.file ?? null,
    bindings: read?.ok ? read.bindings : undefined,
    profiles: known?.ok ? known.profiles : undefined,
    problems: [...(read && !read.ok ? read.problems : []), ...(known && !known.ok ? known.problems : [])],
  };
}
