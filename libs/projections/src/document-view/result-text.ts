import { quantity } from '@backstay/document';
import type { StepEnd } from '../acceptance-criteria/context.ts';
import { movedTraffic } from '../moved-traffic.ts';

type Result = Readonly<Record<string, unknown>>;

const digest = (sha256: unknown): string => (typeof sha256 === 'string' ? `, sha256 ${sha256.slice(0, 16)}…` : '');
const summaryIn = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'summary' in value ? String(value.summary) : '';

/** The text for each field of a step's result; a field of another kind is left out. */
const fields: Readonly<Record<string, (value: unknown, result: Result) => string>> = {
  evidence: summaryIn,
  exitCode: (code) => `exit ${String(code)}`,
  commit: (commit) => `commit ${String(commit)}`,
  release: (release) => `release ${String(release)}`,
  current: (release) => `release ${String(release)}`,
  backend: (_backend, result) => movedTraffic(result),
  bytes: (bytes, { sha256 }) => `${String(bytes)} bytes${digest(sha256)}`,
  channel: (channel, { detail }) =>
    `${String(channel)} was notified${typeof detail === 'string' ? ` (${detail})` : ''}`,
  passed: (passed, { total }) => `${String(passed)} of ${String(total)} passed`,
  dashboards: (all) => (Array.isArray(all) ? `${all.length} dashboards looked at` : ''),
  documentation: (all) =>
    Array.isArray(all)
      ? all
          .map(summaryIn)
          .filter((summary) => summary !== '')
          .join('; ')
      : '',
  durationMs: (ms) => (typeof ms === 'number' ? `in ${quantity(ms, 'ms')}` : ''),
};

/** What a step left behind, in short; values of secrets never reach a result. */
export function resultText({ data }: StepEnd): string {
  const result: Result = data.result ?? {};
  const parts = Object.entries(fields).flatMap(([name, describe]) => {
    const value = result[name];
    return value === undefined || value === null ? [] : [describe(value, result)];
  });
  const output = data.output == null ? '' : `${data.output.bytes} bytes of output${digest(data.output.sha256)}`;
  return [...parts, output].filter((text) => text !== '').join(', ');
}
