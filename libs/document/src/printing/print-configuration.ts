import { isNone } from '../reading/forms.ts';
import type { Dependency, EnvironmentVariable, Secret } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';
import { writeAssigned } from '../values/assignments.ts';
import { bullets, fence } from './print-lines.ts';
import { bare, code, lead } from './write-values.ts';

export function scopeBlocks({ service, version, repository, ref, environment, scope, baseUrl }: Plan): string[] {
  const { cloudProvider, region, zone, cluster, namespace, windows, environments = [environment] } = scope;
  return [
    '## Deployment Scope',
    bullets('**Application/Service:**', [
      `Name: ${bare(service)}`,
      `Version: ${bare(version)}`,
      ...given('Repository', repository && code(repository)),
      ...given('Branch/Tag', ref && bare(ref)),
    ]),
    bullets('**Target Environment:**', [
      `Environment: ${environments.length === 1 ? bare(environments[0]!) : environments.join(', ')}`,
      ...given('Cloud Provider', cloudProvider),
      ...given('Region', region && bare(region)),
      ...given('Zone', zone && bare(zone)),
      ...given('Cluster', cluster && bare(cluster)),
      ...given('Namespace', namespace && bare(namespace)),
      ...given('Base URL', baseUrl && code(baseUrl)),
      ...windows.map((window) => `Window: ${window}`),
    ]),
  ];
}

function given(label: string, value: string | undefined | null): string[] {
  return value === undefined || value === null ? [] : [`${label}: ${value}`];
}

export function variableBlock(variables: readonly EnvironmentVariable[]): string {
  return ['**Required Environment Variables:**', ...fence(variables.map(variableLine), '')].join('\n');
}

function variableLine({ name, from, value = '', secret, hint = '' }: EnvironmentVariable): string {
  if (from === 'secret') return `${name}=<secret: ${secret ?? name}>`;
  if (from === 'provided') return `${name}=<${hint}>`;
  return `${name}=${writeAssigned(value, !/^\s*[<[]/.test(value))}`;
}

/** Without the accounts of smoke tests that bindings use: who reads the bindings finds them again. */
export function secretLines({ secrets, smokeTests }: Plan): string[] {
  const isAccount = ({ title, origin }: Secret): boolean =>
    origin === 'bindings' && smokeTests.some((test) => test.bound && title === `Smoke test ${test.title}`);
  return secrets.filter((secret) => !isAccount(secret)).map(secretLine);
}

/** A title may hold names of its own. */
function secretLine({ title, names, origin }: Secret): string {
  if (origin !== 'document') return lead(title);
  const others = names.slice([...title.matchAll(/`+[^`]*`+/g)].length);
  return others.length === 0 ? lead(title) : `${lead(title)} (${others.map(code).join(', ')})`;
}

export function dependencyLine({ title, check, origin }: Dependency): string {
  const name = lead(title);
  if (check.kind === 'cloudfront') return `${name}: CloudFront distribution ${code(check.distribution)} ready`;
  if (origin === 'profile') return `${name}: configured`;
  switch (check.kind) {
    case 'postgresql':
      return `${name}: PostgreSQL ${check.minimum}+ at ${code(check.url)}`;
    case 'redis':
      return `${name}: Redis ${check.minimum}+ at ${code(check.url)}`;
    case 'url':
      return `${name}: configured at ${code(check.url)}`;
    case 'service':
      return `${name}: ${check.service} ${check.range}`;
    case 'command':
      return `${isNone(title) ? `${name}: checked` : name}\n  - Probe: ${code(check.command.text)}`;
  }
}
