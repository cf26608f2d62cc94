import { acceptPlan } from './accept-plan.ts';
import type { Digest } from './digest.ts';
import { placeOfOffset, placeOfPointer } from './json-place.ts';
import type { Planned } from './make-plan.ts';
import type { Problem } from '../problems/problem.ts';
import type { ServiceProfile } from '../context/profiles.ts';
import { byteLength } from '../markdown/source.ts';
import { mustKeepNumbers, NameTwice, NotJson, readJson } from '../values/json-text.ts';
import { budgets } from '../values/budgets.ts';

type ProfileOf = (service: string, environment: string) => ServiceProfile | undefined;

/** Whether a text is a plan in JSON rather than a document: no document begins with a brace. */
export function isPlanText(text: string): boolean {
  return /^\uFEFF?\s*\{/.test(text);
}

/** The plan in a text: it stands alone, or is the `plan` of a larger reply, as `backstay plan --json` prints it. */
export function planIn(json: unknown): { readonly plan: unknown; readonly at: string } {
  const { plan, service } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const isInside = typeof plan === 'object' && plan !== null && service === undefined;
  return isInside ? { plan, at: '/plan' } : { plan: json, at: '' };
}

/** Accepts the text of a plan in JSON; problems have the pointer, line and column of what they are about. */
export function readPlanText(text: string, digest: Digest, profileOf: ProfileOf = () => undefined): Planned {
  if (byteLength(text) > budgets.plan.bytes)
    return { ok: false, problems: [problem('too-large', 'a plan has at most 2 MiB', text, 0)] };
  try {
    // The place of a byte order mark stays taken, so that offsets are those of the text.
    const json = readJson(text.replace(/^\uFEFF/, ' '));
    mustKeepNumbers(text);
    return accept(text, json, digest, profileOf);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const code = error.isTooDeep ? 'too-deep' : 'bad-plan';
    const twice = error instanceof NameTwice ? { pointer: error.pointer } : {};
    return { ok: false, problems: [{ ...problem(code, `this ${error.message}`, text, error.offset), ...twice }] };
  }
}

function accept(text: string, json: unknown, digest: Digest, profileOf: ProfileOf): Planned {
  const { plan, at } = planIn(json);
  const { service, environment } = Object(plan) as Record<string, unknown>;
  const accepted = acceptPlan(plan, digest, profileOf(String(service), String(environment)));
  if (accepted.ok) return accepted;
  const problems = accepted.problems.map((each) => ({ ...each, ...placeOfPointer(text, at + (each.pointer ?? '')) }));
  return { ok: false, problems };
}

function problem(code: string, message: string, text: string, offset: number): Problem {
  return { ...placeOfOffset(text, offset), severity: 'error', code, message };
}
