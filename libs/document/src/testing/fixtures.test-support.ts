import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
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

/** Each text is read once: most tests begin with the same few documents. */
const documents = new Map<string, DeploymentDocument>();

export function documentOf(text: string): DeploymentDocument {
  const known = documents.get(text);
  if (known !== undefined) return known;
  const parsed = parseDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  documents.set(text, parsed.document);
  return parsed.document;
}

let readBindings: Bindings | undefined;
export function bindings(): Bindings {
  if (readBindings !== undefined) return readBindings;
  const parsed = parseBindings(fixture('backstay.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return (readBindings = parsed.bindings);
}

let readProfiles: Profiles | undefined;
export function profiles(): Profiles {
  if (readProfiles !== undefined) return readProfiles;
  const parsed = parseProfiles(fixture('environments.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return (readProfiles = parsed.profiles);
}

/** Each code point that can stand alone; `unit: 'binary'` of fast-check takes a second to be made. */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10_f7_ff })
  .map((at) => String.fromCodePoint(at < 0xd8_00 ? at : at + 0x8_00));

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
