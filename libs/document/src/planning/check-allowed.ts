import { allowRule, placeOfUrl } from '../context/allow.ts';
import { kindOf, sectionOf } from '../steps/lookup.ts';
import { callsOfEvidence } from '../values/evidence.ts';
import type { Needs } from './needs.ts';
import type { ServiceProfile } from '../context/profiles.ts';
import type { Evidence } from '../plan/values.ts';
import type { Dependency } from '../plan/configuration.ts';
import type { HealthCheck } from '../plan/checks.ts';
import type { Criterion, Proof } from '../plan/criteria.ts';
import type { Plan, Step } from '../plan/plan.ts';

/** What a plan calls, as it is written, and who calls it. */
interface Call {
  readonly title: string;
  readonly line: number;
  readonly url: string;
}

/** The profile's `allow`, and what the profile itself names: who wrote it there need not write it twice. */
export function allowedPlaces({ allow, baseUrl, metrics, dashboards, probes }: ServiceProfile): string[] {
  const rules = allow.map(allowRule);
  const own = [baseUrl, metrics?.url, ...dashboards, ...Object.values(probes)].flatMap(
    (url) => placeOfUrl(url ?? '') ?? [],
  );
  const unlisted = own.filter(({ host, port }) => !rules.some((rule) => rule.exact && rule.matches(host, port)));
  return [...new Set([...allow, ...unlisted.map(({ shown }) => shown)])];
}

/**
 * Each host that the plan names and the profile does not allow, once, with the entry to add. Hosts that only a secret or the
 * platform's environment knows are left to the preflight.
 */
export function checkAllowed(plan: Plan, needs: Needs): void {
  if (!needs.profile) return;
  const rules = plan.allow.map(allowRule);
  const reported = new Set<string>();
  for (const { title, line, url } of callsOf(plan)) {
    const place = placeOfUrl(resolved(url, plan));
    if (!place || reported.has(place.shown) || rules.some((rule) => rule.matches(place.host, place.port))) continue;
    reported.add(place.shown);
    needs.profileItem(line, 'allow', JSON.stringify(place.shown), `${title} calls it`);
  }
}

function callsOf(plan: Plan): Call[] {
  return [
    ...[...plan.steps, ...plan.rollback.steps].filter((step) => isDone(step, plan)).flatMap(ofStep),
    ...plan.smokeTests.map(({ title, request, source }) => ({ title, line: source.line, url: request.path })),
    ...plan.healthChecks.flatMap(ofHealthCheck),
    ...plan.dependencies.flatMap(ofDependency),
    ...plan.documentation.flatMap(({ text, proof, source }) => ofProof(text, source.line, proof)),
    ...plan.acceptanceCriteria.flatMap(({ text, line, rule }) => ofProof(text, line, rule)),
    ...ofMonitoring(plan),
  ];
}

function isDone({ onlyIn }: Step, { environment }: Plan): boolean {
  return onlyIn === undefined || onlyIn.includes(environment);
}

function ofStep({ title, action, source }: Step): Call[] {
  return kindOf(action)
    .calls(action)
    .map((url) => ({ title, line: source.line, url }));
}

function ofEvidence(title: string, line: number, evidence: Evidence): Call[] {
  return callsOfEvidence(evidence).map((url) => ({ title, line, url }));
}

function ofProof(title: string, line: number, rule: Proof | Criterion['rule']): Call[] {
  return rule.kind === 'evidence' ? ofEvidence(title, line, rule.evidence) : [];
}

function ofHealthCheck({ title, check, source }: HealthCheck): Call[] {
  if ('request' in check) return [{ title, line: source.line, url: check.request.path }];
  return check.kind === 'url' ? [{ title, line: source.line, url: check.url }] : [];
}

function ofDependency({ title, check, source }: Dependency): Call[] {
  if (check.kind === 'cloudfront') return [{ title, line: source.line, url: 'https://cloudfront.amazonaws.com' }];
  return check.kind === 'url' ? [{ title, line: source.line, url: check.url }] : [];
}

function ofMonitoring({ monitoring, steps }: Plan): Call[] {
  const { source, metrics, dashboards, logs } = monitoring;
  const looking = steps.find(({ action }) => sectionOf(action) === 'dashboards');
  const line = metrics[0]?.source.line ?? 1;
  return [
    ...(source === null || metrics.length === 0 ? [] : [{ title: 'the watch', line, url: source.url }]),
    ...dashboards.map((url) => ({ title: looking?.title ?? 'the preflight', line: looking?.source.line ?? line, url })),
    ...(logs === null ? [] : ofEvidence('the watch', line, logs)),
  ];
}

/** With what the document writes itself in place; relative paths below the base URL. */
function resolved(url: string, { baseUrl, environmentVariables, version, service, environment }: Plan): string {
  const written = new Map([
    ['VERSION', version],
    ['SERVICE', service],
    ['ENVIRONMENT', environment],
    ...environmentVariables.flatMap(({ name, from, value }): [string, string][] =>
      from === 'value' && value !== undefined ? [[name, value]] : [],
    ),
  ]);
  const address = url.startsWith('/') ? `${baseUrl ?? ''}${url}` : url;
  const filled = address.replace(/\$\{(\w+)\}/g, (text, name: string) => written.get(name) ?? text);
  const host = /^[a-z]+:\/\/[^/?#]*/i.exec(filled)?.[0] ?? '';
  return host.includes('${') ? '' : host;
}
