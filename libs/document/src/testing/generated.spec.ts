import { expect, it } from 'vitest';
import fc from 'fast-check';
import { sha256 } from './fixtures.test-support.ts';
import { generated } from './generated.test-support.ts';
import { jsonSchemas } from '../planning/json-schemas.ts';
import { makePlan } from '../planning/make-plan.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
}

/** The places of a schema where values stand; a variant of a union is named by what distinguishes it from the others. */
function placesOf(schema: Schema, at = ''): string[] {
  const { properties, items, anyOf, oneOf } = schema;
  if (properties) {
    const own = at + variantOf(Object.entries(properties).map(([key, { const: value }]) => [key, value]));
    return Object.entries(properties).flatMap(([key, member]) => placesOf(member, `${own}.${key}`));
  }
  if (items) return placesOf(items, at);
  const variants = anyOf ?? oneOf;
  if (variants) return variants.flatMap((variant) => placesOf(variant, at));
  return schema.enum ? schema.enum.map((value) => `${at}=${value}`) : [at];
}

function variantOf(entries: readonly (readonly [string, unknown])[]): string {
  const [, name] = entries.find(([key, value]) => ['kind', 'reader'].includes(key) && value !== undefined) ?? [];
  return typeof name === 'string' ? `[${name}]` : '';
}

/** What stands where in a plan; enumerated values are places of their own. */
function note(value: unknown, at: string, seen: Map<string, Set<string>>): void {
  if (Array.isArray(value)) for (const each of value) note(each, at, seen);
  else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    for (const [key, member] of entries) note(member, `${at}${variantOf(entries)}.${key}`, seen);
  }
  const text = JSON.stringify(value);
  for (const place of [at, `${at}=${typeof value === 'string' ? value : text}`]) {
    seen.set(inSteps(place), (seen.get(inSteps(place)) ?? new Set()).add(text));
  }
}

/** Of these a document has one value or none: they come from elsewhere, or belong to another place of the same shape. */
const fixed = new RegExp(
  [
    String.raw`\.(?:grammar|kind|reader|engine|line|deployer|hosts|proxy|earlierEnvironments|runAs|logFolders)$`,
    String.raw`^\.(?:delivery\.ready|healthChecks\.check\[\w+\]\.request|monitoring\.logs|smokeTests\.expect\[(?:exit|output-contains)\])`,
    String.raw`^\.(?:secrets|dependencies|documentation|healthChecks)\.origin=`,
    String.raw`^\.monitoring\.watchedBy$|\[restore\]\.when$`,
    String.raw`\[weights\]|\.loki\.headers|\[log\]\.allow$|^\.documentation\.optional$|\[service\]\.service$`,
  ].join('|'),
);

/** Steps of a rollback have the shape of all steps. */
function inSteps(place: string): string {
  return place.replace(/^\.rollback\.steps/, '.steps');
}

it('generated plans say everything that a plan can say, and each in more than one way', () => {
  const seen = new Map<string, Set<string>>();
  // One sample for all runs: this asks what the generator can say, and no sample of this size must say all of it.
  for (const { document, ...context } of fc.sample(generated, { numRuns: 250, seed: 1 })) {
    const made = makePlan(document, { ...context, digest: sha256 });
    if (made.ok) note(made.plan, '', seen);
  }
  const places = [...new Set(placesOf(jsonSchemas().plan as Schema).map(inSteps))].filter(
    (place) => !fixed.test(place),
  );
  const least = (place: string): number => (place.includes('=') ? 1 : 2);
  expect(places.filter((place) => (seen.get(place)?.size ?? 0) < least(place))).toEqual([]);
});
