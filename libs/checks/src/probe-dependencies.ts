import type { Command, Dependency, Lookup } from '@backstay/document';
import semver from 'semver';
import { checked, failedWith, passedWith, type CheckResult, type Observation } from './check-result.ts';
import { distributionReady } from './cloudfront.ts';
import { postgresVersion, redisVersion } from './live-versions.ts';
import type { Explain, Fetch, ReadXml, ServerUrl } from './ports.ts';
import { sendRequest } from './request.ts';
import { urlResponds } from './run-health-checks.ts';

export type DependencyOptions = {
  fetch: Fetch;
  /** Of databases and caches. */
  server: ServerUrl;
  variables: Lookup;
  explain: Explain;
  readXml: ReadXml;
  /** Runs a probe; its output is not shown. */
  runCommand: (command: Command, signal?: AbortSignal) => Promise<{ exitCode: number | null }>;
  /** The version of another service that runs in this environment; null where none does. */
  runningVersion: (service: string) => Promise<string | null>;
  /** Of each probe, default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
};

/** `line` is that of the document. */
export type DependencyResult = CheckResult & { line: number };

/** Probes every dependency by its live version or reply, all at once, so that all findings are reported together. */
export function probeDependencies(dependencies: Dependency[], options: DependencyOptions): Promise<DependencyResult[]> {
  return Promise.all(
    dependencies.map(async ({ title, check, source }) => ({
      ...(await checked(title, options.explain, () => probe(check, options))),
      line: source.line,
    })),
  );
}

async function probe(check: Dependency['check'], options: DependencyOptions): Promise<Observation> {
  const limits = { timeoutMs: options.timeoutMs ?? 10_000, signal: options.signal };
  switch (check.kind) {
    case 'postgresql': {
      const version = await postgresVersion(await options.server(check.url, options.variables), limits);
      return atLeast('PostgreSQL', version, check.minimum);
    }
    case 'redis':
      return atLeast(
        'Redis',
        await redisVersion(await options.server(check.url, options.variables), limits),
        check.minimum,
      );
    case 'url': {
      const request = { method: 'GET', path: check.url };
      return urlResponds(
        await sendRequest(request, { ...limits, fetch: options.fetch, lookup: options.variables, baseUrl: null }),
      );
    }
    case 'cloudfront': {
      const { distribution, url } = check;
      return distributionReady({
        ...limits,
        distribution,
        url,
        fetch: options.fetch,
        lookup: options.variables,
        readXml: options.readXml,
      });
    }
    case 'service':
      return inRange(check.service, await options.runningVersion(check.service), check.range);
    case 'command':
      return exits0(await options.runCommand(check.command, options.signal));
  }
}

function atLeast(what: string, version: string, minimum: string): Observation {
  const [live, least] = [semver.coerce(version), semver.coerce(minimum)];
  if (!live || !least) return failedWith(`${what} ${version}`, `${version} cannot be compared with ${minimum}`);
  if (semver.gte(live, least)) return passedWith(`${what} ${version}`);
  return failedWith(`${what} ${version}`, `${what} ${version} is older than ${minimum}`);
}

function inRange(service: string, version: string | null, range: string): Observation {
  if (version === null)
    return failedWith(`${service} does not run here`, `${service} ${range} is needed and does not run here`);
  if (semver.satisfies(version, range, { includePrerelease: true })) return passedWith(`${service} ${version}`);
  return failedWith(`${service} ${version}`, `${service} ${version} runs, ${range} is needed`);
}

function exits0({ exitCode }: { exitCode: number | null }): Observation {
  const observed = exitCode === null ? 'no exit code' : `exit ${exitCode}`;
  return exitCode === 0 ? passedWith(observed) : failedWith(observed, `the probe ended with ${observed}`);
}
