import type { SmokeTestNode } from '../reading/nodes.ts';
import { byName, yamlKey } from './entries.ts';
import type { Needs } from './needs.ts';
import type { Request } from '../plan/values.ts';
import type { Dependency, Secret } from '../plan/configuration.ts';
import type { HealthCheck, SmokeTest } from '../plan/checks.ts';
import type { DocumentationLine } from '../plan/criteria.ts';

const smokeTimeoutMs = 10_000;

export function planSecrets(needs: Needs): Secret[] {
  return needs.document.secrets.map(({ title, names, source }) => {
    if (names) return { title, names: [...names], origin: 'document', source };
    const bound = byName(needs.bindings?.secrets, title);
    if (!bound) needs.binding(source.line, { key: 'secrets', name: yamlKey(title), value: `[${secretNamed(title)}]` });
    return { title, names: [...(bound ?? [])], origin: 'bindings', source };
  });
}

/** A name for a secret of that title: `API tokens` -> `API_TOKENS`. */
function secretNamed(title: string): string {
  const name = title
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^[_\d]+|_+$/g, '');
  return name === '' ? 'SECRET' : name;
}

/** Dependencies whose address neither document nor profile gives are left out, and block. */
export function planDependencies(needs: Needs): Dependency[] {
  return needs.document.dependencies.flatMap(({ title, check, source }): Dependency[] => {
    if (check?.kind === 'cloudfront') {
      const url = byName(needs.profile?.probes, title);
      if (url !== undefined) return [{ title, check: { ...check, url }, origin: 'profile', source }];
    }
    if (check) return [{ title, check, origin: 'document', source }];
    const url = probeOf(title, source.line, needs);
    return url === undefined ? [] : [{ title, check: { kind: 'url', url }, origin: 'profile', source }];
  });
}

export function planHealthChecks(needs: Needs): HealthCheck[] {
  const checks = needs.document.healthChecks.flatMap(({ title, check, source }): HealthCheck[] => {
    if (check) return [{ title, check, origin: 'document', source }];
    const url = probeOf(title.replace(/\s+connectivity$/i, ''), source.line, needs);
    return url === undefined ? [] : [{ title, check: { kind: 'url', url }, origin: 'profile', source }];
  });
  const version = needs.bindings?.version;
  if (!version || checks.some(({ check }) => check.kind === 'version')) return checks;
  const source = { line: needs.document.healthChecks[0]?.source.line ?? 1 };
  return [...checks, { title: 'Version', check: { kind: 'version', ...version }, origin: 'bindings', source }];
}

function probeOf(name: string, line: number, needs: Needs): string | undefined {
  const url = byName(needs.profile?.probes, name);
  if (url === undefined) needs.profileEntry(line, { key: 'probes', name: yamlKey(name), value: 'http://…' });
  return url;
}

export function planSmokeTests(needs: Needs): SmokeTest[] {
  const { smokeTests } = needs.document;
  const unused = Object.keys(needs.bindings?.smoke ?? {}).filter((name) =>
    smokeTests.every(({ title }) => !sameName(title, name)),
  );
  for (const name of unused) {
    const message = `\`smoke\` names “${name}”, but the document has no such flow`;
    needs.warnings.push({
      file: '.backstay.yaml',
      line: 1,
      column: 1,
      severity: 'warning',
      code: 'unused-binding',
      message,
    });
  }
  return withPathsOfCaptures(smokeTests.map((test) => planSmokeTest(test, needs)));
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Bindings name what they capture; a plan names it by flow and path, `${smoke.1.$.token}`, as a document can. */
function withPathsOfCaptures(tests: readonly SmokeTest[]): SmokeTest[] {
  const done: SmokeTest[] = [];
  for (const test of tests) {
    const used = (name: string): string => {
      const at = done.findIndex(({ captures }) => Object.hasOwn(captures, name));
      const source = done[at];
      if (!source || name.startsWith('$')) return `\${${name}}`;
      const path = source.captures[name]!;
      done[at] = { ...source, captures: { ...source.captures, [path]: path } };
      return `\${smoke.${source.number}.${path}}`;
    };
    done.push({ ...test, request: withVariables(test.request, used) });
  }
  return done;
}

function withVariables(request: Request, used: (name: string) => string): Request {
  const replaced = (text: string): string => text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => used(name));
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name, replaced(value)]);
  return {
    method: request.method,
    path: replaced(request.path),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) as Record<string, string> }),
    ...(request.body !== undefined && { body: replaced(request.body) }),
  };
}

/** Header names have no case. */
function mergedHeaders(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): Record<string, string> {
  const replaced = new Set(Object.keys(second).map((name) => name.toLowerCase()));
  const kept = Object.entries(first).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...second };
}

/** What the document says of a flow comes before what the bindings say. */
function planSmokeTest(test: SmokeTestNode, needs: Needs): SmokeTest {
  const bound = byName(needs.bindings?.smoke, test.title);
  const headers = mergedHeaders(bound?.headers ?? {}, test.request.headers ?? {});
  const body = test.request.body ?? bound?.body;
  if (body === undefined && ['POST', 'PUT', 'PATCH'].includes(test.request.method)) {
    needs.warn(
      test.source.line,
      `“${test.title}” sends no body; add \`- Body:\` or \`smoke: { ${yamlKey(test.title)}: { body: '{}' } }\` to .backstay.yaml`,
    );
  }
  return {
    number: test.number,
    title: test.title,
    request: {
      method: test.request.method,
      path: test.request.path,
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== undefined && { body }),
    },
    expect: [...test.expect],
    captures: { ...bound?.captures, ...test.captures },
    ...(test.retry && { retry: test.retry }),
    timeoutMs: test.timeoutMs ?? smokeTimeoutMs,
    onFailure: test.onFailure ?? 'rollback',
    ...boundParts(test, headers, body),
    source: test.source,
  };
}

function boundParts({ request }: SmokeTestNode, headers: object, body: string | undefined): Pick<SmokeTest, 'bound'> {
  const names = Object.keys(headers).filter((name) => !Object.hasOwn(request.headers ?? {}, name));
  const bound = [
    ...(body !== undefined && request.body === undefined ? ['body'] : []),
    ...names.map((name) => `headers.${name}`),
  ];
  return bound.length > 0 ? { bound } : {};
}

const usualPaths: Readonly<Record<string, string>> = {
  CHANGELOG: 'CHANGELOG.md',
  runbook: 'docs/runbook.md',
  Architecture: 'docs/architecture.md',
  API: 'docs/api.md',
  Configuration: 'docs/config.md',
};

/** Lines that neither document nor bindings prove are left out, and block. */
export function planDocumentation(needs: Needs): DocumentationLine[] {
  return needs.document.documentation.flatMap(({ text, key, optional, proof, source }): DocumentationLine[] => {
    const applies = optional ? { optional } : {};
    if (proof) return [{ text, proof, ...applies, origin: 'document', source }];
    const path = byName(needs.bindings?.documentation, key ?? '');
    if (path === undefined) {
      needs.binding(source.line, { key: 'documentation', name: key!, value: usualPaths[key!] ?? 'docs' });
      return [];
    }
    const evidence = { reader: 'commit-touches' as const, path };
    return [{ text, proof: { kind: 'evidence', evidence }, ...applies, origin: 'bindings', source }];
  });
}
