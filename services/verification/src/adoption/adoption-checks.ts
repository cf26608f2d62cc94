import type { CheckResult } from '@backstay/deployment';
import { isSameVersion, type HealthCheck } from '@backstay/document';
import { guardedIo } from '@backstay/guarded-io';
import { healthCheck } from '@backstay/steps';
import type { RunningService } from './running-service.ts';

/** What is missing before the running version can be proven at all. */
export function reasonsAgainst({ profile, bindings, release }: RunningService, version: string): readonly string[] {
  return [
    ...(profile.baseUrl === undefined ? ['the profile names no baseUrl, so nothing can be asked of what runs'] : []),
    ...(bindings.ready === undefined ? ['.backstay.yaml names no `ready` request'] : []),
    ...(bindings.version === undefined
      ? ['.backstay.yaml names no `version` request, so nothing proves which version is served']
      : []),
    ...(isSameVersion(release.version, version) ? [] : [`the current release is ${release.version}, not ${version}`]),
  ];
}

/** Its process runs, it is ready, and it serves the version that was named. */
export async function adoptionChecks(
  service: RunningService,
  version: string,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { profile, bindings } = service;
  const options = {
    ...guardedIo({ allow: [...profile.allow], environmentVariables: [] }),
    baseUrl: profile.baseUrl ?? null,
    variables: () => undefined,
    expectedVersion: version,
    signal,
  };
  const checks: HealthCheck[] = [];
  const origin = { origin: 'bindings', source: { line: 1 } } as const;
  if (bindings.ready !== undefined)
    checks.push({ title: 'Application health', check: { kind: 'request', request: bindings.ready }, ...origin });
  if (bindings.version !== undefined)
    checks.push({ title: 'Version', check: { kind: 'version', ...bindings.version }, ...origin });
  const results = [processCheck(service)];
  for (const check of checks) results.push({ ...(await healthCheck(check, options)), line: null });
  return results;
}

function processCheck({ process: { status, pid, restarts, problem } }: RunningService): CheckResult {
  const passed = status === 'running';
  const reason = passed ? {} : { reason: `the service is ${status}${problem === null ? '' : `: ${problem}`}` };
  return {
    kind: 'health-check',
    title: 'Service process',
    passed,
    line: null,
    attempts: 1,
    observed: { status, pid, restarts },
    ...reason,
  };
}
