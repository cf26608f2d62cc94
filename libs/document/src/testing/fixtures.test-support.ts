import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseBindings, type Bindings } from '../context/bindings.ts';
import type { DeploymentDocument } from '../reading/document.ts';
import { makePlan, type PlanContext } from '../planning/make-plan.ts';
import { parseDocument } from '../reading/parse.ts';
import { parseProfiles, serviceProfile, type Profiles } from '../context/profiles.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A file of `test-fixtures`. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../test-fixtures/${name}`, import.meta.url), 'utf8');
}

export function documentOf(text: string): DeploymentDocument {
  const parsed = parseDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.document;
}

export function bindings(): Bindings {
  const parsed = parseBindings(fixture('backstay.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.bindings;
}

export function profiles(): Profiles {
  const parsed = parseProfiles(fixture('environments.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.profiles;
}

/** A plan in the context of the fixtures; `context` replaces parts of it. */
export function planOf(
  text: string,
  context: Partial<PlanContext> = {},
): Extract<ReturnType<typeof makePlan>, { ok: true }> {
  const document = documentOf(text);
  const environment = context.environment ?? document.scope.environments[0]!;
  const profile = serviceProfile(profiles(), environment, document.scope.name);
  const planned = makePlan(document, { bindings: bindings(), profile, digest: sha256, ...context });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems, null, 2));
  return planned;
}
