import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { garbled, placesOf, runs, tally } from '@backstay/event-sourcing/testing';
import { readXml } from '@backstay/guarded-io';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEvidence } from './read-evidence.ts';
import type { EvidenceSources } from './sources.ts';

const source = mkdtempSync(join(tmpdir(), 'garbled-logs-'));
const tried = tally();
afterAll(() => {
  rmSync(source, { recursive: true, force: true });
  tried.report('garbled logs with a critical line: none passes');
});

const since = '2026-03-01T10:00:00Z';
const until = '2026-03-01T10:10:00Z';

async function verdictOf(where: object, sources: Partial<EvidenceSources> = {}): Promise<string> {
  const evidence = { reader: 'log' as const, files: [], patterns: ['level=critical'], allow: [], ...where };
  tried.add();
  return (await readEvidence(evidence, { readXml, source, since, until, ...sources })).verdict;
}

describe('garbling any part of a log with a critical line never makes it pass', () => {
  const critical = '2026-03-01T10:05:00Z level=critical out of memory';
  const lines = (line: string | Buffer) =>
    Buffer.concat([
      Buffer.from('2026-03-01T09:59:00Z before\n2026-03-01T10:04:00Z fine\n'),
      Buffer.from(line),
      Buffer.from('\n2026-03-01T10:06:00Z fine\n'),
    ]);
  const ofFile = (content: Buffer) => {
    writeFileSync(join(source, 'a.log'), content);
    return verdictOf({ files: ['a.log'] });
  };

  it('in the bytes of a file', async () => {
    expect(await ofFile(lines(critical))).toBe('fail');
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: critical.length - 1 }),
        fc.constantFrom(0xff, 0xc3, 0x80, 0xe2, 0xf0),
        async (at, byte) => {
          const line = Buffer.from(critical);
          line[at] = byte;
          expect({ line: line.toString('latin1'), verdict: await ofFile(lines(line)) }).not.toMatchObject({
            verdict: 'pass',
          });
        },
      ),
      runs(100),
    );
  });

  it('in the time of a line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 19 }), fc.constantFrom('x', '?', '.', '/', 'é'), async (at, by) => {
        const line = critical.slice(0, at) + by + critical.slice(at + 1);
        expect({ line, verdict: await ofFile(lines(line)) }).toMatchObject({ verdict: 'fail' });
      }),
      runs(100),
    );
  });

  it('in what Loki holds', async () => {
    const nanoseconds = `${Date.parse(since) + 1}000000`;
    const reply = {
      status: 'success',
      data: { resultType: 'streams', result: [{ stream: { app: 'orders' }, values: [[nanoseconds, critical]] }] },
    };
    const judge = (body: unknown) =>
      verdictOf(
        { loki: { url: 'http://loki', query: '{app="orders"}' } },
        { fetch: (async () => ({ status: 200, content: Buffer.from(JSON.stringify(body)) })) as never },
      );
    expect(await judge(reply)).toBe('fail');
    // The words of a line and the names of a stream may be any.
    const places = placesOf(reply).filter((place) => place.at(-1) !== 1 && place.at(-1) !== 'app');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.boolean(),
        fc.constantFrom<unknown>('???', 17, -1, null, { a: 1 }, [1], true),
        async (place, isName, by) => {
          const named = isName && typeof place.at(-1) === 'string';
          const body = named ? garbled(reply, place, 'name', 'X') : garbled(reply, place, 'value', by);
          expect({ body, verdict: await judge(body) }).not.toMatchObject({ verdict: 'pass' });
        },
      ),
      runs(200),
    );
  });
});
