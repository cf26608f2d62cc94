import { formatDuration } from '../values/duration.ts';
import type { Request } from '../plan/values.ts';
import type { HealthCheck, SmokeTest } from '../plan/checks.ts';
import { fenceBelow, numbered } from './print-lines.ts';
import { code, isShort, lead, writeClause, writeFailure, writeRequest } from './write-values.ts';

/** A critical user flow; what bindings say of it is not repeated. */
export function flowLines({
  number,
  title,
  request,
  expect,
  retry,
  timeoutMs,
  onFailure,
  bound = [],
}: SmokeTest): string[] {
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => !bound.includes(`headers.${name}`));
  const body = bound.includes('body') ? {} : { body: request.body };
  return numbered(number, lead(`**${title}**`), [
    `- Endpoint: ${writeRequest(request)}`,
    ...requestLines({ headers: Object.fromEntries(headers), ...body }),
    ...(expect.length > 0 ? [`- Expected: ${expect.map(writeClause).join(', ')}`] : []),
    ...(retry ? [`- Retry: ${retry.times} times every ${formatDuration(retry.everyMs)}`] : []),
    `- Timeout: ${formatDuration(timeoutMs)}`,
    `- Failure: ${writeFailure(onFailure)}`,
  ]);
}

/** Headers, and the body: in a fence where it has lines. */
export function requestLines({ headers = {}, body }: { [Key in 'headers' | 'body']?: Request[Key] }): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `- Header: ${code(`${name}: ${value}`)}`);
  if (body === undefined) return lines;
  const inline = isShort(body) && body !== '' && !body.includes('\n');
  return [...lines, ...(inline ? [`- Body: ${code(body)}`] : ['- Body:', ...fenceBelow(body.split('\n'), '')])];
}

/** Those of the document; the check that bindings add is theirs to say. */
export function healthLines(checks: readonly HealthCheck[]): string[] {
  return checks.filter(({ origin }) => origin !== 'bindings').map(healthLine);
}

function healthLine({ title, check, origin }: HealthCheck): string {
  const name = lead(title);
  if (origin === 'profile') return `${name}: verified`;
  if (check.kind === 'request') return `${name}: ${writeRequest(check.request)}`;
  if (check.kind === 'version') return `${name}: ${writeRequest(check.request)} returns ${code(check.jsonPath)}`;
  return `${name}: verified at ${code(check.url)}`;
}
