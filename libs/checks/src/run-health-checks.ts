import { isSameVersion, type HealthCheck, type Lookup, type Request } from '@backstay/document';
import { checked, failedWith, passedWith, type CheckResult, type Observation } from './check-result.ts';
import { select, textOfBody, writtenJson } from './json-path.ts';
import { failingTexts, judgeResponse } from './judge.ts';
import { postgresVersion, redisVersion } from './live-versions.ts';
import type { Explain, Fetch, HttpResponse, ServerUrl } from './ports.ts';
import { sendRequest } from './request.ts';

export type HealthOptions = {
  baseUrl: string | null;
  fetch: Fetch;
  /** Of databases and caches. */
  server: ServerUrl;
  variables: Lookup;
  explain: Explain;
  /** Masks secrets in what was served, before it is cut. */
  redact?: (text: string) => string;
  /** What `Version:` has to report; a leading `v` on either side is ignored. */
  expectedVersion: string;
  /** Of each check, default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
  onResult?: (result: CheckResult) => void | Promise<void>;
};

/** Makes every health check, in order; one that fails does not keep the others from being made. */
export async function runHealthChecks(healthChecks: HealthCheck[], options: HealthOptions): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { title, check } of healthChecks) {
    const result = await checked(title, options.explain, () => observe(check, options));
    results.push(result);
    await options.onResult?.(result);
  }
  return results;
}

async function observe(check: HealthCheck['check'], options: HealthOptions): Promise<Observation> {
  const probe = { timeoutMs: options.timeoutMs ?? 10_000, signal: options.signal };
  switch (check.kind) {
    case 'request': {
      const response = await ask(check.request, options);
      const failing = failingTexts(judgeResponse([], response));
      return {
        ...observationOf(response, failing.length === 0),
        ...(failing.length > 0 ? { reason: failing.join('; ') } : {}),
      };
    }
    case 'database': {
      const url = await options.server(check.url, options.variables);
      return passedWith(`PostgreSQL ${await postgresVersion(url, probe)}`);
    }
    case 'cache': {
      const url = await options.server(check.url, options.variables);
      return passedWith(`Redis ${await redisVersion(url, probe)}`);
    }
    case 'url':
      return urlResponds(await ask({ method: 'GET', path: check.url }, options));
    case 'version':
      return servedVersion(await ask(check.request, options), check.jsonPath, options);
  }
}

const ask = (request: Request, options: HealthOptions) =>
  sendRequest(request, { ...options, lookup: options.variables, timeoutMs: options.timeoutMs ?? 10_000 });

type Reply = Pick<HttpResponse, 'status' | 'latencyMs'>;

const observationOf = ({ status, latencyMs }: Reply, passed: boolean): Observation => ({
  passed,
  observed: `${status} in ${latencyMs} ms`,
});

/** A host that responds with success or a redirect is there. */
export function urlResponds(response: Reply): Observation {
  const passed = response.status >= 200 && response.status <= 399;
  return { ...observationOf(response, passed), ...(passed ? {} : { reason: `responded with ${response.status}` }) };
}

function servedVersion(
  response: Reply & Pick<HttpResponse, 'body' | 'content'>,
  path: string,
  { expectedVersion: expected, redact = (text) => text }: Pick<HealthOptions, 'expectedVersion' | 'redact'>,
): Observation {
  if (response.status < 200 || response.status > 299)
    return { ...observationOf(response, false), reason: `responded with ${response.status}` };
  const json = writtenJson(textOfBody(response));
  const served = json === undefined ? undefined : select(json, path)[0];
  if (typeof served !== 'string') return failedWith('no version', `the reply holds no version at \`${path}\``);
  if (isSameVersion(served, expected)) return { ...passedWith(`serves ${served}`), served };
  const shown = redact(served).slice(0, 100);
  return { ...failedWith(`serves ${shown}`, `serves ${shown}, not ${expected}`), served: shown };
}
