import { describe, expect, it } from 'vitest';
import { parseBindings } from './bindings.ts';
import { readEvidence } from '../values/evidence.ts';
import { fixture, planOf } from '../testing/fixtures.test-support.ts';
import { Reading } from '../reading/reading.ts';
import { Report } from '../problems/report.ts';
import { loose } from '../markdown/span.ts';
import { writeEvidence } from '../printing/write-values.ts';

const withLogs = (logs: string) => parseBindings(fixture('backstay.yaml').replace(/^logs: .*$/m, `logs: ${logs}`));
const read = (text: string) => readEvidence(loose(text), new Reading(new Report()));

describe('logs that are no files', () => {
  it.each([
    [
      'log of command `journalctl -u orders-api` has no `panic`, `/fatal/i`',
      {
        patterns: ['panic', '/fatal/i'],
        command: { text: 'journalctl -u orders-api', argv: ['journalctl', '-u', 'orders-api'] },
      },
    ],
    [
      'log from Loki `http://127.0.0.1:3100` with `{app="orders-api"} | json` has no `panic`',
      { patterns: ['panic'], loki: { url: 'http://127.0.0.1:3100', query: '{app="orders-api"} | json' } },
    ],
  ])('are written and printed: %s', (text, evidence) => {
    expect(read(text)).toEqual({ reader: 'log', files: [], allow: [], ...evidence });
    expect(writeEvidence(read(text)!)).toBe(text);
  });

  it('come from the bindings, to the watch and to the step', () => {
    const parsed = withLogs(
      '{ command: journalctl -u notes-api, loki: { url: "http://127.0.0.1:3100", query: "{app=\\"n\\"}" }, critical: [panic] }',
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { plan } = planOf(fixture('notes-api.md'), { bindings: parsed.bindings });
    expect(plan.monitoring.logs).toEqual({
      reader: 'log',
      files: [],
      patterns: ['panic'],
      allow: [],
      command: { text: 'journalctl -u notes-api', argv: ['journalctl', '-u', 'notes-api'] },
      loki: { url: 'http://127.0.0.1:3100', query: '{app="n"}' },
    });
  });

  it('are asked with headers, whose names must be declared', () => {
    const loki = (token: string) =>
      withLogs(
        `{ loki: { url: "http://127.0.0.1:3100", query: "{}", headers: { X-Scope-OrgID: notes, authorization: "Bearer \${${token}}" } }, critical: [panic] }`,
      );
    const [known, unknown] = [loki('API_KEY'), loki('NOWHERE')];
    if (!known.ok || !unknown.ok) throw new Error('the bindings are refused');
    const { plan, blockers } = planOf(fixture('notes-api.md'), { bindings: known.bindings });
    expect(blockers).toEqual([]);
    expect(plan.monitoring.logs).toMatchObject({
      loki: { headers: { 'X-Scope-OrgID': 'notes', authorization: 'Bearer ${API_KEY}' } },
    });
    const refused = planOf(fixture('notes-api.md'), { bindings: unknown.bindings });
    expect(refused.blockers).toMatchObject([{ code: 'unknown-variable', message: expect.stringContaining('NOWHERE') }]);
  });

  it.each([
    ['{ critical: [panic] }', 'expected files, command or loki'],
    [
      '{ loki: { url: "http://loki", query: "{}", headers: { Authorization: Basic dXNlcjpw } }, critical: [panic] }',
      'expected a secret by its name',
    ],
    ['{ loki: { url: "http://loki", query: "{}", headers: { "a b": c } }, critical: [panic] }', 'names of headers'],
    ['{ command: "journalctl | grep x", critical: [panic] }', '|'],
    ['{ loki: { url: "http://a:b@loki", query: "{}" }, critical: [panic] }', 'expected a URL'],
    ['{ loki: { url: "http://loki", query: "app" }, critical: [panic] }', 'expected a query'],
  ])('are refused with a reason: %s', (logs, message) => {
    const parsed = withLogs(logs);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('show no secret in the list of processes', () => {
    const parsed = withLogs('{ command: "show-log --token ${API_TOKEN}", critical: [panic] }');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { blockers } = planOf(fixture('notes-api.md'), { bindings: parsed.bindings });
    expect(blockers).toMatchObject([{ code: 'secret-in-argv' }]);
  });
});
