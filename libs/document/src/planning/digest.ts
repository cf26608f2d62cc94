import { canonicalJson } from '@backstay/event-sourcing';
import { kindOf, usuallyChanged } from '../steps/lookup.ts';
import { anywhere } from '../values/evidence.ts';
import type { Plan } from '../plan/plan.ts';

/** sha256 of a text as 64 hexadecimal digits; given from outside, for this package computes nothing but plans. */
export type Digest = (text: string) => string;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** `sha256:…` of a plan without the places of its nodes. */
export function planDigest(plan: Plan, digest: Digest): string {
  return `sha256:${digest(canonicalJson(withoutPlaces(asJson(plan))))}`;
}

/**
 * `sha256:…` of the procedure alone: two plans have the same when the same is done, checked, watched and undone, wherever and with
 * whichever version. Left out are scope, window, base URL, metric source, channels, secret names, what the profile says, and the
 * times about which the document is silent.
 */
export function procedureDigest(plan: Plan, digest: Digest): string {
  return `sha256:${digest(canonicalJson(withoutPlaces(asJson(procedureOf(plan)))))}`;
}

/** A plan holds JSON only, but for members that are `undefined`. */
function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function withoutPlaces(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key, member]) => !isPlace(key, member, value));
  return Object.fromEntries(
    members.map(([key, member]) => [key, isExpected(key, value) ? member : withoutPlaces(member)]),
  );
}

/** `source: {line}` of a node, and `line` of a criterion. */
function isPlace(key: string, member: Json, parent: JsonObject): boolean {
  if (key === 'source') return typeof member === 'object' && member !== null && 'line' in member;
  return key === 'line' && 'rule' in parent;
}

/** The JSON that a reply is compared with is not part of the plan's own shape. */
function isExpected(key: string, parent: JsonObject): boolean {
  return key === 'value' && parent['kind'] === 'value';
}

function procedureOf(plan: Plan): object {
  const { environmentVariables, secrets, dependencies, healthChecks, monitoring, rollback, delivery } = plan;
  const relations = [plan.blockedBy, plan.blocks].map((list) => list.map(({ rule }) => anywhere(rule)));
  return {
    grammar: plan.grammar,
    steps: plan.steps.map((step) => stepOf(step, plan)),
    delivery: delivery && { deployer: delivery.deployer, start: delivery.start, ready: delivery.ready },
    environmentVariables: environmentVariables.map(({ name, from, value }) => ({ name, from, value })),
    secrets: secrets.map(({ title }) => title),
    dependencies: dependencies.map(withoutProfileUrl),
    smokeTests: plan.smokeTests.map((test) => without(test, ['bound'])),
    healthChecks: healthChecks.map(withoutProfileUrl),
    monitoring: monitoringOf(monitoring),
    rollback: {
      triggers: rollback.triggers.map(({ rule, mode }) => ({ rule: withoutDefaults(rule), mode })),
      steps: rollback.steps.map((step) => stepOf(step, plan)),
      estimatedMs: rollback.estimatedMs,
      timeoutMs: rollback.timeoutMs,
    },
    documentation: plan.documentation.map(({ proof }) => proofOf(proof)),
    blockedBy: relations[0],
    blocks: relations[1],
    acceptanceCriteria: plan.acceptanceCriteria.map(({ rule }) => proofOf(withoutDefaults(rule))),
  };
}

function stepOf(step: Plan['steps'][number], plan: Plan): object {
  const { title, source: _source, origin: _origin, action, changesDatabase, ...rest } = step;
  const isUsual = changesDatabase === usuallyChanged(title, action, rest.mutates);
  const changes = isUsual ? {} : { changesDatabase: changesDatabase ?? 'none' };
  return { ...rest, ...changes, action: kindOf(action).procedure(action, plan) };
}

/** Evidence of another environment is evidence of an environment. */
function proofOf(proof: object): object {
  return 'evidence' in proof ? { ...proof, evidence: anywhere(proof.evidence as object) } : proof;
}

/** A check whose address is the profile's, without the address. */
function withoutProfileUrl<Node extends { title: string; origin: string; check: object }>({
  title,
  origin,
  check,
}: Node): object {
  return { title, check: origin === 'profile' ? { ...check, url: undefined } : check };
}

function monitoringOf({ metrics, thresholds, ...monitoring }: Plan['monitoring']): object {
  const { watchMs, everyMs, baselineMs, minimumSamples, minimumRequests, mode, onNoData, defaulted } = monitoring;
  const { syntheticTraffic } = monitoring;
  const settings = { watchMs, everyMs, baselineMs, minimumSamples, minimumRequests, mode, onNoData, syntheticTraffic };
  return {
    ...without(settings, defaulted ?? []),
    metrics,
    thresholds: thresholds.map((threshold) => {
      const { action, ...limit } = threshold;
      return {
        ...without(limit, limit.defaulted ?? []),
        defaulted: undefined,
        action: action.startsWith('notify:') ? 'notify' : action,
      };
    }),
  };
}

/** A rule whose limit or times are left to the defaults, without these. */
function withoutDefaults(rule: object): object {
  const { defaulted, limit, ...rest } = rule as { defaulted?: string[]; limit?: object };
  return { ...without(rest, defaulted ?? []), ...(limit && { limit: withoutDefaults(limit) }) };
}

function without(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
