import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from '@backstay/document';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '@backstay/hosts/testing';
import { guardedFetch, readXml } from '@backstay/guarded-io';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';
import { eventually } from '@backstay/local-platform/testing';
import { readCommand } from './log-commands.ts';
import { lokiDouble, type LokiEntry } from './loki-double.test-support.ts';
import { readLoki } from './loki.ts';
import { readEvidence } from './read-evidence.ts';
import type { EvidenceSources } from './sources.ts';

type LogEvidence = Extract<Evidence, { reader: 'log' }>;
const log = (rest: Partial<LogEvidence>): LogEvidence => ({
  reader: 'log',
  files: [],
  patterns: ['level=critical'],
  allow: ['known noise'],
  ...rest,
});
const since = '2026-03-01T10:00:00Z';
const until = '2026-03-01T10:10:00Z';
const environment = {
  variables: { COLOUR: 'green' },
  lookup: (name: string) => ({ UNIT: 'orders' })[name],
  argument: (text: string) => text.replace('${UNIT}', 'orders'),
};

let source: string;
beforeAll(() => {
  source = mkdtempSync(join(tmpdir(), 'log-places-'));
});
afterAll(() => rmSync(source, { recursive: true, force: true }));

const read = (evidence: LogEvidence, sources: Partial<EvidenceSources> = {}) =>
  readEvidence(evidence, {
    readXml,
    source,
    since,
    until,
    environment,
    fetch: guardedFetch({ allow: ['127.0.0.1:*'] }),
    ...sources,
  });

describe('a log that a command prints', () => {
  const command = (script: string, ...more: string[]) => ({ text: 'show-log', argv: ['sh', '-c', script, ...more] });
  const judge = (script: string, ...more: string[]) => read(log({ command: command(script, ...more) }));

  it('passes without critical lines, whatever stands on which output', async () => {
    expect(await judge('echo level=info; echo level=warn >&2')).toMatchObject({
      verdict: 'pass',
      attested: true,
      facts: { matches: 0, lines: 2, bytes: 22 },
      files: [{ path: '`show-log`' }],
      summary: 'no matching lines in 2 lines of 1 log',
    });
  });

  it.each(['echo level=critical', 'echo level=critical >&2'])('fails with a critical line: %s', async (script) => {
    expect(await judge(script)).toMatchObject({ verdict: 'fail', excerpts: ['level=critical'] });
  });

  it('takes allowed lines out, and lines from before the deployment', async () => {
    const lines = '2026-03-01T09:59:59+0000 level=critical\\n2026-03-01T10:00:01+0000 level=critical known noise\\n';
    expect(await judge(`printf '${lines}'`)).toMatchObject({ verdict: 'pass', facts: { lines: 1 } });
  });

  it('knows since when, and its variables', async () => {
    expect(await judge('echo "level=critical $BACKSTAY_SINCE $COLOUR $1"', 'sh', '${UNIT}')).toMatchObject({
      excerpts: ['level=critical 1772359200 green orders'],
    });
  });

  it.each([
    ['prints nothing', 'true', 'no-data', '`show-log` printed no line'],
    ['has no entry', "echo '-- No entries --'", 'no-data', '`show-log` printed no line'],
    ['fails', 'echo fine; exit 3', 'error', '`show-log` ended with exit 3'],
    ['is ended', 'echo fine; kill -9 $$', 'error', '`show-log` ended with SIGKILL'],
  ])('is not a pass when the command %s', async (_what, script, verdict, summary) => {
    expect(await judge(script)).toMatchObject({ verdict, summary });
  });

  it('is not a pass when the program is not there, or may not be run here', async () => {
    const absent = { text: 'no-such-program', argv: ['no-such-program'] };
    expect(await read(log({ command: absent }))).toMatchObject({
      verdict: 'error',
      summary: '`no-such-program` could not be started: failed (ENOENT)',
    });
    expect(await read(log({ command: absent }), { environment: undefined })).toMatchObject({ verdict: 'error' });
  });

  it('is ended with all that it started when it does not end, or prints without end', async () => {
    const request = { cwd: source, variables: {}, since };
    const nothing = { lines: () => undefined, doubt: () => undefined };
    const endless = { ...request, command: command('sleep 100 & echo $! > pid; wait'), deadlineMs: 500 };
    await expect(readCommand(endless, nothing)).rejects.toThrow('did not end within 500 ms');
    const pid = Number(readFileSync(join(source, 'pid'), 'utf8'));
    await expect(eventually(() => !isRunning(pid), 'its child is gone')).resolves.toBe(true);
    const flood = { ...request, command: command('yes'), maxBytes: 100_000 };
    await expect(readCommand(flood, nothing)).rejects.toThrow('prints more than 100000 bytes');
  });

  it('is not a pass when a pattern cannot be read', async () => {
    const evidence = log({
      command: command('yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | head -9'),
      patterns: ['/^(a+)+$/'],
    });
    expect(await read(evidence)).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('takes too long'),
    });
  });
});

describe('a log in Loki, asked of a double of its API', () => {
  const selector = '{app="orders-api"}';
  const begin = Date.parse(since);
  let entries: LokiEntry[] = [];
  let double: LocalServer;
  beforeAll(async () => {
    double = await lokiDouble(selector, () => entries);
  });
  beforeEach(() => {
    entries = [{ time: begin + 1, line: 'level=info' }];
  });
  afterAll(() => double?.close());
  const judge = (query = selector, sources: Partial<EvidenceSources> = {}) =>
    read(log({ loki: { url: double.url, query } }), sources);

  it('passes without critical lines in the window', async () => {
    entries.push(
      { time: begin - 1, line: 'level=critical before' },
      { time: Date.parse(until), line: 'level=critical after' },
    );
    entries.push({ time: begin, line: 'level=critical known noise' });
    expect(await judge()).toMatchObject({
      verdict: 'pass',
      attested: true,
      facts: { matches: 0, lines: 2 },
      files: [{ path: `Loki ${selector}` }],
    });
  });

  it('fails with a critical line of any stream', async () => {
    entries.push({ time: begin + 2, line: 'level=critical', pod: 'b' });
    expect(await judge()).toMatchObject({ verdict: 'fail', excerpts: ['level=critical'] });
  });

  it('is read to its end, each line once, also where many are of one moment', async () => {
    entries = Array.from({ length: 50 }, (_, index) => ({
      time: begin + Math.floor(index / 4),
      line: `line ${index}`,
      pod: index % 3 === 0 ? 'a' : 'b',
    }));
    const lines: string[] = [];
    const fetch = guardedFetch({ allow: ['127.0.0.1:*'] });
    const range = { url: double.url, query: selector, shown: selector, since, until, fetch };
    await readLoki({ ...range, pageSize: 7 }, { lines: (more) => void lines.push(...more) });
    expect(lines).toHaveLength(50);
    expect(new Set(lines).size).toBe(50);
    await expect(readLoki({ ...range, pageSize: 4 }, { lines: () => undefined })).rejects.toThrow('more than 4 lines');
  });

  it.each([
    ['nothing is held', '{app="other"}', 'no-data', 'Loki holds no line of {app="other"} in this time'],
    ['the query is refused', '{}', 'error', 'Loki responded with 400 to {}'],
  ])('is not a pass when %s', async (_what, query, verdict, summary) => {
    expect(await judge(query)).toMatchObject({ verdict, summary });
  });

  it('shows a query as it is written, not what its names stand for', async () => {
    const lookup = (name: string) => (name === 'TENANT' ? 'hunter22' : undefined);
    const result = await judge('{app="${TENANT}"}', { environment: { ...environment, lookup } });
    expect(result.summary).toBe('Loki holds no line of {app="${TENANT}"} in this time');
    expect(double.asked.at(-1)).toContain('hunter22');
  });

  it('is not a pass where it cannot be called, or since when is not known', async () => {
    expect(await judge(selector, { fetch: guardedFetch({ allow: [] }) })).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('allow-list'),
    });
    expect(await judge(selector, { since: undefined })).toMatchObject({ verdict: 'error' });
    expect(await read(log({ loki: { url: '${NOWHERE}', query: selector } }))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('${NOWHERE}'),
    });
  });

  it('is read to its end, though the server gives fewer lines than it is asked for', async () => {
    entries = Array.from({ length: 40 }, (_, index) => ({
      time: begin + Math.floor(index / 3),
      line: `line ${index}`,
    }));
    entries.push({ time: begin + 500, line: 'level=critical at last' });
    const small = await lokiDouble(selector, () => entries, { most: 5 });
    const tiny = await lokiDouble(selector, () => entries, { most: 3 });
    try {
      expect(await read(log({ loki: { url: small.url, query: selector } }))).toMatchObject({
        verdict: 'fail',
        facts: { lines: 41, matches: 1 },
      });
      expect(await read(log({ loki: { url: tiny.url, query: selector } }))).toMatchObject({
        verdict: 'error',
        summary: expect.stringContaining('of one moment'),
      });
    } finally {
      await Promise.all([small.close(), tiny.close()]);
    }
  });

  it('is asked as a tenant and with what a secret holds, and reveals neither', async () => {
    const secured = { tenant: 'orders', authorization: 'Basic dXNlcjpodW50ZXIy' };
    const guarded = await lokiDouble(selector, () => entries, secured);
    const lookup = (name: string) => ({ LOKI_TENANT: 'orders', LOKI_BASIC: 'dXNlcjpodW50ZXIy' })[name];
    const judgeWith = (headers: Record<string, string>) =>
      read(log({ loki: { url: guarded.url, query: selector, headers } }), { environment: { ...environment, lookup } });
    try {
      const result = await judgeWith({ 'X-Scope-OrgID': '${LOKI_TENANT}', Authorization: 'Basic ${LOKI_BASIC}' });
      expect(result).toMatchObject({ verdict: 'pass', facts: { lines: 1 } });
      expect(JSON.stringify(result)).not.toContain('dXNlcjpodW50ZXIy');
      expect(await judgeWith({ 'X-Scope-OrgID': 'orders' })).toMatchObject({
        verdict: 'error',
        summary: `Loki responded with 401 to ${selector}`,
      });
      expect(await judgeWith({ 'X-Scope-OrgID': 'users', Authorization: 'Basic ${LOKI_BASIC}' })).toMatchObject({
        verdict: 'no-data',
      });
      expect(await judgeWith({ Authorization: 'Basic ${NOWHERE}' })).toMatchObject({ verdict: 'error' });
    } finally {
      await guarded.close();
    }
  });

  it('is asked for exactly the time of the watch', async () => {
    await judge(selector, { since: '2026-03-01T10:00:00.000123456Z', until: '2026-03-01T12:10:00.5+02:00' });
    const asked = new URL(double.asked.at(-1)!.replace('GET ', ''), 'http://loki').searchParams;
    expect([asked.get('start'), asked.get('end')]).toEqual(['1772359200001000000', '1772359800500000000']);
    expect(double.asked.some((each) => each.includes('start=1772359200000123456'))).toBe(true);
  });

  it.each([
    [
      'a reply with a warning',
      '{"status":"success","warnings":["limits reached"],"data":{"resultType":"streams","result":[]}}',
    ],
  ])('is not a pass from %s', async (_what, body) => {
    const server = await localServer({ 'GET /loki/api/v1/query_range': () => body });
    try {
      expect(await read(log({ loki: { url: server.url, query: selector } }))).toMatchObject({
        verdict: 'error',
        summary: `Loki does not respond to ${selector} without a warning`,
      });
    } finally {
      await server.close();
    }
  });

  it.each([
    ['metrics', '{"status":"success","data":{"resultType":"matrix","result":[]}}'],
    ['a cut reply', '{"status":"success","data":{"resultType":"streams","result":['],
    [
      'another time',
      '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["now","x"]]}]}}',
    ],
  ])('is not a pass from %s', async (_what, body) => {
    const server = await localServer({ 'GET /loki/api/v1/query_range': () => body });
    try {
      expect(await read(log({ loki: { url: server.url, query: selector } }))).toMatchObject({
        verdict: 'error',
        summary: `Loki did not respond to ${selector} with lines`,
      });
    } finally {
      await server.close();
    }
  });
});
