import { match, pattern } from '../markdown/code-spans.ts';
import { readPath } from '../values/clauses.ts';
import type { HealthCheckNode } from './nodes.ts';
import { isNone, rejectNested } from './forms.ts';
import type { Outline } from '../markdown/outline.ts';
import type { HealthCheck } from '../plan/checks.ts';
import { linesOf } from './read-configuration.ts';
import type { Reading } from './reading.ts';
import { readRequest } from '../values/requests.ts';
import type { Span } from '../markdown/span.ts';

const healthTitle = /^([^:`]{1,80}?)\s*:\s+/;
const verified = pattern(String.raw`verified(?: at (?<url>CODE|\S+))?`);
const served = pattern(String.raw`(?<request>CODE|[A-Za-z]+ (?:CODE|\S+)) returns (?<path>CODE)`);

/** Reads *Health Checks*. */
export function readHealthChecks(outline: Outline, reading: Reading): HealthCheckNode[] {
  return linesOf(outline.sections.get('health'), reading).flatMap((line) => {
    rejectNested(line, false, reading);
    return readHealthCheck(line.span, reading) ?? [];
  });
}

function readHealthCheck(span: Span, reading: Reading): HealthCheckNode | undefined {
  const found = healthTitle.exec(span.text);
  if (!found) return reportHealthCheck(span, reading);
  const title = found[1]!;
  const value = span.slice(found[0].length);
  if (isNone(value.text)) return undefined;
  const source = { line: span.line };
  const connectivity = match(value, verified);
  if (connectivity) return readConnectivity(title, connectivity['url'], value, reading);
  const version = match(value, served);
  if (version) {
    const request = readRequest(version['request']!, reading);
    const jsonPath = readPath(version['path']!, reading);
    return request && jsonPath ? { title, check: { kind: 'version', request, jsonPath }, source } : undefined;
  }
  if (/^version$/i.test(title)) {
    return reading.report.error(
      value,
      'bad-value',
      'say where the version stands: Version: GET /version returns `$.version`',
    );
  }
  if (!/^`?[A-Za-z]+\s/.test(value.text)) return reportHealthCheck(value, reading);
  const request = readRequest(value, reading);
  return request && { title, check: { kind: 'request', request }, source };
}

function readConnectivity(
  title: string,
  at: Span | undefined,
  value: Span,
  reading: Reading,
): HealthCheckNode | undefined {
  const source = { line: value.line };
  const known = /^(database|cache) connectivity$/i.exec(title)?.[1]?.toLowerCase() as 'database' | 'cache' | undefined;
  if (at) {
    const url = known ? reading.server(at) : reading.url(at);
    const check: HealthCheck['check'] | undefined = url === undefined ? undefined : { kind: known ?? 'url', url };
    return check && { title, check, source };
  }
  if (!known) return { title, source };
  const name = known === 'database' ? 'DATABASE_URL' : 'REDIS_URL';
  reading.references.push({ name, at: value, inCommand: false });
  return { title, check: { kind: known, url: `\${${name}}` }, source };
}

function reportHealthCheck(span: Span, reading: Reading): undefined {
  const forms =
    'Application health: GET /health · Database connectivity: verified · NAME connectivity: verified at `url` · Version: GET /version returns `$.version`';
  return reading.report.error(span, 'unknown-line', `“${span.text}” is no health check; write one of: ${forms}`);
}
